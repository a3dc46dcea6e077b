import type { Platform } from '@stocker/platform'
import { startPlatform } from '@stocker/platform'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCtl } from '../apps/ctl/src/ctl.ts'
import { waitFor } from '../test/servers.ts'

// What `npm run ctl` says of a whole platform, found by its data directory.
let platform: Platform
let orderId = ''
beforeAll(async () => {
  platform = await startPlatform({ environment: { FAULTS_ENABLED: 'true' } })
  orderId = await placeOrder()
})
afterAll(() => platform?.stop())

async function placeOrder(): Promise<string> {
  const token = await platform.token({ subject: 'ctl-customer', roles: ['customer'] })
  const answer = await fetch(`${platform.url('order-service')}/api/orders`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      customerId: 'ctl-customer',
      lines: [{ sku: 'mug', quantity: 1 }],
      shippingAddress: { name: 'Ada', line1: '1 Market Street', city: 'London', postalCode: 'SW1', country: 'GB' },
      paymentToken: 'tok_ok',
    }),
  })
  return ((await answer.json()) as { orderId: string }).orderId
}

async function ctl(...words: readonly string[]) {
  const printed: string[] = []
  const code = await runCtl([...words, '--data', platform.dataDir], (text) => printed.push(text))
  return { code, text: printed.join('\n') }
}
const json = async (...words: readonly string[]) => JSON.parse((await ctl(...words, '-o', 'json')).text)

describe('npm run ctl', () => {
  test('wait and ps: everything is ready', async () => {
    expect(await ctl('wait', '--healthy', '--timeout', '60s')).toEqual({ code: 0, text: 'everything is ready' })

    const { text } = await waitFor(
      async () => {
        const shown = await ctl('ps')
        return shown.code === 0 && shown
      },
      { what: 'ps without anything that is not ready' },
    )
    for (const { name, pid } of platform.services) expect(text).toMatch(new RegExp(`^${name} +ready .*${pid}`, 'm'))
    expect(text).toMatch(/^broker +ready/m)
  })

  test('order: one order across services, by its id, its end, or its customer', async () => {
    const { text } = await waitFor(
      async () => {
        const shown = await ctl('order', orderId)
        return shown.text.includes('OrderCompletedEvent') && shown
      },
      { what: 'the whole order' },
    )

    expect(text).toContain(orderId)
    expect(text).not.toContain('Market Street')
    expect((await json('order', orderId)).orderId).toBe(orderId)
    expect((await ctl('order', 'ctl-customer')).text).toContain(orderId)
    expect(await ctl('order', 'nobody-knows-this')).toMatchObject({ code: 1, text: 'no order is known by that' })
  })

  test('order --unmask: with its personal values, for a reason', async () => {
    const shown = await json('order', orderId, '--unmask', 'the customer asks')

    expect(JSON.stringify(shown)).toContain('Market Street')
    expect(JSON.stringify(await json('order', orderId, '--by', 'somebody else'))).not.toContain('Market Street')
  })

  test('tail: the records of an order, from all topics, oldest first', async () => {
    const { text } = await ctl('tail', '--key', orderId, '--from', '10m')
    const records = (await ctl('tail', '--key', orderId, '--from', '10m', '-o', 'json')).text
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly type: string; readonly topic: string })

    expect(text).toMatch(new RegExp(`order-events/\\d+@\\d+ {2}${orderId} {2}OrderCreatedEvent`))
    expect(records[0]?.type).toBe('OrderCreatedEvent')
    expect(new Set(records.map(({ topic }) => topic)).size).toBe(4)
    expect(text).not.toContain('Market Street')
  })

  test('tail -f: what comes from now on, until it is ended', async () => {
    const end = new AbortController()
    const printed: string[] = []
    const following = runCtl(
      ['tail', '--topic', 'order-events', '-f', '--data', platform.dataDir],
      (text) => printed.push(text),
      end.signal,
    )
    // It follows from the moment when it is connected: until then orders go by.
    await waitFor(
      async () => {
        await placeOrder()
        return printed.some((line) => line.includes('OrderCreatedEvent'))
      },
      { what: 'an order in the tail' },
    )
    end.abort()

    expect(await following).toBe(0)
  })

  test('lag: all groups are up to date', async () => {
    await waitFor(async () => (await ctl('lag')).code === 0, { what: 'groups that are ok' })

    expect((await ctl('lag')).text).toMatch(/^order-service-group +ok/m)
    expect((await json('lag', 'order-service-group')).group).toBe('order-service-group')
  })

  test('logs: what services say, of one order or of one service', async () => {
    const { text } = await ctl('logs', '--order', orderId)

    expect(text).toMatch(/order-service/)
    expect(text).not.toContain('Market Street')
    expect((await ctl('logs', 'payment-service', '--limit', '3')).text.split('\n')).toHaveLength(3)
  })

  test('fault: lets a call of the gateway fail once', async () => {
    expect((await ctl('fault')).text).toMatch(/^payment-service +call\./m)

    const set = await json('fault', 'payment-service', 'call.payment-gateway', 'fail', '--reason', 'to see the retry')
    expect(JSON.stringify(set)).toContain('"effect":"fail"')
    expect((await ctl('fault', 'clear')).code).toBe(0)
  })

  test('sagas: none is under way when every order has ended, and -o json says the same', async () => {
    await waitFor(async () => (await json('sagas')).sagas.length === 0, { what: 'no saga' })

    expect((await ctl('sagas')).text).toBe('no saga is under way')
  })

  test('alerts: lists them, and silences one for a while', async () => {
    const { alerts } = await json('alerts')
    const { code } = await ctl('alerts')

    expect(code).toBe(alerts.some(({ state }: { state: string }) => state === 'firing') ? 1 : 0)
    expect((await ctl('alerts', 'silence', 'ServiceDown', '--for', '10m', '--reason', 'a try')).text).toMatch(
      /^silenced until 20.*: ServiceDown$/,
    )
    await expect(ctl('alerts', 'ack', '0123456789abcdef', '--reason', 'a try')).rejects.toThrow(/ALERT/)
  })

  test('token: one that the services believe', async () => {
    const { text } = await ctl('token', '--sub', 'ctl-customer')
    const answer = await fetch(`${platform.url('order-service')}/api/orders/${orderId}`, {
      headers: { authorization: `Bearer ${text}` },
    })

    expect(answer.status).toBe(200)
  })

  test('doctor: what runs is well', async () => {
    const { checks } = await json('doctor')
    const bad = checks.filter(({ verdict }: { verdict: string }) => verdict === 'bad')

    expect(bad).toEqual([])
    expect(checks.map(({ name }: { name: string }) => name)).toEqual([
      ...['node', 'java', 'ports', 'disk', 'open files'],
      ...['services', 'databases', 'schema', 'topics', 'clock'],
    ])
  })

  test('wrong words are refused with the right ones', async () => {
    await expect(ctl('orders')).rejects.toThrow('"orders" is not known; expected one of ps, logs, wait, order')
    await expect(ctl('tail', '--topci', 'x')).rejects.toThrow('unknown flag --topci; did you mean --topic?')
    await expect(ctl('wait')).rejects.toThrow('wait needs --healthy')
    await expect(ctl('alerts', 'ack', 'x')).rejects.toThrow('--reason is needed')
    expect((await ctl('tail', '--help')).text).toContain('--follow')
  })
})
