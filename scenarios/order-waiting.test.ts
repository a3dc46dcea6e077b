import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { KafkaConfig, KafkaProducerConfig } from '@stocker/kafka-config'
import type { Platform } from '@stocker/platform'
import { orderTimeline, startPlatform } from '@stocker/platform'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'

interface Waiting {
  readonly code: string
  readonly level: string
  readonly sentence: string
  readonly service: string | null
}

/** An alert as the console says it. */
interface Alert {
  readonly state: 'pending' | 'firing'
  readonly labels: Readonly<Record<string, string>>
}

/** Something breaks; the returned function mends it. */
type Fault = (platform: Platform) => Promise<() => Promise<unknown>>

// Everything as under npm start: each service a process of its own, so that what breaks is real.
let platform: Platform
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'order-waiting-'))
  const rules = join(directory, 'alerts.prom.yml')
  await writeFile(rules, tenTimesFaster(await readFile(new URL('../ops/alerts.prom.yml', import.meta.url), 'utf8')))
  platform = await startPlatform({
    serviceEnvironment: {
      console: {
        ALERTS_RULES_FILE: rules,
        ALERTS_INTERVAL: '1s',
        ALERTS_SCRAPE_TIMEOUT: '2s',
        MONITOR_INTERVAL: '1s',
      },
    },
  })
})
afterAll(async () => {
  await platform?.stop()
  await rm(directory, { recursive: true, force: true })
})

const paused =
  (part: string): Fault =>
  async () => {
    await platform.act(part, 'pause')
    return () => platform.act(part, 'resume')
  }

/** A session of somebody else in a database that keeps others out until the session ends. */
const held =
  (database: string, ...statements: readonly string[]): Fault =>
  async () => {
    const client = new pg.Client({ connectionString: platform.postgres(database), application_name: 'somebody' })
    await client.connect()
    for (const statement of statements) await client.query(statement)
    return () => client.end()
  }

const changed =
  (database: string, change: string, back: string): Fault =>
  async () => {
    const run = async (statement: string) => {
      const client = new pg.Client({ connectionString: platform.postgres(database) })
      await client.connect()
      await client.query(statement)
      await client.end()
    }
    await run(change)
    return () => run(back)
  }

const databaseAway =
  (database: string): Fault =>
  async () => {
    const server = new pg.Client({ connectionString: platform.postgres() })
    await server.connect()
    await server.query(`alter database ${database} allow_connections false`)
    await server.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [database])
    return async () => {
      await server.query(`alter database ${database} allow_connections true`)
      await server.end()
    }
  }

const listenerStopped =
  (group: string): Fault =>
  async () => {
    await until('the consumer group', () => ops(`consumers/${group}`))
    await ops(`consumers/${group}/stop`, { reason: 'to see what orders wait for' })
    return () => ops(`consumers/${group}/start`, { reason: 'it has been seen' })
  }

const FAULTS: readonly {
  readonly what: string
  readonly fault: Fault
  readonly codes: readonly string[]
  readonly says: RegExp
  /** The labels that matter of each alert that must fire. */
  readonly alerts: readonly Alert['labels'][]
  /** The service that must not have given a record up for it, nor counted an attempt. */
  readonly patient?: string
}[] = [
  {
    what: 'a service that does not answer',
    fault: paused('payment-service'),
    codes: ['SERVICE_DOWN'],
    says: /^payment-service has not handled OrderCreatedEvent since .*: the service does not answer\.$/,
    alerts: [
      { alertname: 'ServiceDown', job: 'payment-service' },
      { alertname: 'ConsumerStopped', consumergroup: 'payment-service-group' },
    ],
  },
  {
    what: 'a listener that somebody has stopped',
    fault: listenerStopped('dispatch-service-group'),
    codes: ['LISTENER_STOPPED'],
    says: /^dispatch-service has not handled OrderCreatedEvent since .*: somebody has stopped its listener since /,
    alerts: [{ alertname: 'ConsumerStopped', consumergroup: 'dispatch-service-group' }],
  },
  {
    what: 'a handler that fails',
    fault: changed('dispatch', 'alter table stock rename to stock_away', 'alter table stock_away rename to stock'),
    codes: ['HANDLER_FAILING'],
    says: /^dispatch-service fails at OrderCreatedEvent since .*, \d+ attempts? so far: .*\. (Next try at|It is tried again now)/,
    alerts: [{ alertname: 'HandlerFailing', consumergroup: 'dispatch-service-group', topic: 'order-events' }],
  },
  {
    what: 'a table that somebody has locked',
    fault: held('payment', 'begin', 'lock table events in access exclusive mode'),
    codes: ['DATABASE_LOCKED'],
    says: /^payment-service has not handled OrderCreatedEvent since .*: its database waits for a lock on events that process \d+ \(somebody\), idle in transaction, holds since .*\.$/,
    alerts: [{ alertname: 'DatabaseLocked', service: 'payment-service', database: 'payment' }],
    patient: 'payment-service',
  },
  {
    what: 'a database that is away',
    fault: databaseAway('payment'),
    codes: ['DATABASE_AWAY'],
    says: /^payment-service has not handled OrderCreatedEvent since .*: its database does not answer/,
    alerts: [{ alertname: 'CircuitOpen', consumergroup: 'payment-service-group', dependency: 'database' }],
  },
  {
    what: 'a transaction that somebody has left open',
    fault: held('cart', 'begin', 'select pg_current_xact_id()'),
    codes: ['NOT_PUBLISHED'],
    says: /^order-service has not published OrderCreatedEvent since .*: a transaction is open since .* \(process \d+ \(somebody\), idle in transaction\)/,
    alerts: [{ alertname: 'OutboxOld', publisher: 'order-service' }],
  },
  {
    what: 'a gateway that does not answer',
    fault: held('gateway', 'begin', 'lock table authorizations in access exclusive mode'),
    codes: ['CALL_OPEN', 'CALL_FAILING'],
    says: /^payment-service (waits for the answer of|gets no answer from) the payment gateway to payment-gateway authorize-/,
    alerts: [{ alertname: 'OutboundCallOld', name: 'payment-gateway' }],
  },
  {
    what: 'a broker that does not answer',
    fault: paused('kafka'),
    codes: ['BROKER_AWAY'],
    says: /^order-service has not published OrderCreatedEvent since .*: Kafka does not answer/,
    alerts: [{ alertname: 'BrokerDown', job: 'console' }],
  },
]

test.each(FAULTS)(
  'for $what an order says that it waits and the right alert fires, and both are over when it is mended',
  async ({ fault, codes, says, alerts, patient }) => {
    await untilQuiet(alerts)
    const mend = await fault(platform)
    let orderId = ''
    try {
      orderId = await order()
      const waiting = await untilWaiting(orderId, ({ code, level }) => codes.includes(code) && level !== 'normal')
      expect(waiting.sentence).toMatch(says)
      await untilFiring(alerts)
    } finally {
      await mend()
    }
    await platform.ready()
    const over = await untilWaiting(orderId, ({ code }) => code === 'FINISHED')
    expect(over.sentence).toMatch(/^The order is DELIVERED\. Nothing is to come\./)
    if (patient !== undefined) {
      expect(await counted(patient, 'event_listener_dead_letters_total')).toBe(0)
      expect(await counted(patient, 'event_listener_retries_total')).toBe(0)
    }
    await untilQuiet(alerts)
  },
  200_000,
)

const UNREADABLE = [
  {
    alertname: 'RecordsUnreadable',
    messaging_consumer_group_name: 'order-service-group',
    messaging_destination_name: 'payment-events',
  },
  { alertname: 'DeadLetterArrived', consumergroup: 'order-service-group', topic: 'payment-events' },
]

test('a record that nobody can read fires its alerts and holds no order up, and its order does not say so', async () => {
  await untilQuiet(UNREADABLE)
  const kafka = KafkaConfig.fromProperties({ 'spring.kafka.bootstrap-servers': platform.kafka })
  await using sender = new KafkaProducerConfig(kafka).createSender()
  const orderId = await order()
  await sender.send({ topic: 'payment-events', key: orderId, value: '{"eventType":"PaymentProcessedEvent", cut off' })

  const over = await untilWaiting(orderId, ({ code }) => code === 'FINISHED')

  expect(over.sentence).toMatch(/^The order is DELIVERED\./)
  await untilFiring(UNREADABLE)
  await until('a step that could not be read', async () =>
    (await ops<string>(`orders/${orderId}/timeline.txt`)).includes('cannot be read'),
  )
  // These alerts tell of what has come lately: they are over when their window is, and nothing needs to be mended for that.
  await untilQuiet(UNREADABLE)
}, 200_000)

/** The shipped rules; only what takes a minute takes six seconds: how long a rule must hold, what it looks back on, how old something may get. */
const tenTimesFaster = (rules: string): string =>
  rules
    .replaceAll(
      /(?<=for: |\[)(\d+)([smhd])/g,
      (_, count: string, unit: string) => `${Number(count) * SECONDS_TENTH[unit as Unit]}ms`,
    )
    .replaceAll(/(?<=_seconds(?:\{[^}]*\})?\) > )\d+/g, (seconds) => String(Number(seconds) / 10))
    .replaceAll(/(?<=time\(\) - )\d+/g, (seconds) => String(Number(seconds) / 10))
const SECONDS_TENTH = { s: 100, m: 6_000, h: 360_000, d: 8_640_000 }
type Unit = keyof typeof SECONDS_TENTH

async function order(): Promise<string> {
  const token = await platform.token({ subject: 'ada', roles: ['customer'] })
  const response = await fetch(`${platform.url('order-service')}/api/orders`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      customerId: 'ada',
      lines: [{ sku: 'mug', quantity: 1 }],
      shippingAddress: { name: 'Ada', line1: '1 Main St', city: 'London', postalCode: 'N1', country: 'GB' },
      paymentToken: 'tok_ok',
    }),
  })
  const answer = (await response.json()) as { readonly orderId?: string }
  if (answer.orderId === undefined) throw new Error(`no order was taken: ${JSON.stringify(answer)}`)
  return answer.orderId
}

async function ops<T>(path: string, body?: object): Promise<T> {
  const response = await fetch(`${platform.url('console')}/ops/api/${path}`, {
    headers: { authorization: `Bearer ${platform.consoleToken}`, 'content-type': 'application/json' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return (response.headers.get('content-type')?.startsWith('text/') ? response.text() : response.json()) as Promise<T>
}

/** A counter of a service, over all its series. */
async function counted(service: string, name: string): Promise<number> {
  const text = await (await fetch(`${platform.url(service)}/metrics`)).text()
  const series = text.matchAll(new RegExp(`^${name}\\{.*\\} (\\d+)$`, 'gm'))
  return [...series].reduce((sum, [, value]) => sum + Number(value), 0)
}

const untilFiring = (alerts: readonly Alert['labels'][]): Promise<unknown> =>
  untilAlerts('firing', (firing) => alerts.every((alert) => firing.some(labelled(alert))))

const untilQuiet = (alerts: readonly Alert['labels'][]): Promise<unknown> =>
  untilAlerts('quiet', (firing) => !alerts.some((alert) => firing.some(labelled(alert))))

const labelled =
  (expected: Alert['labels']) =>
  ({ labels }: Alert): boolean =>
    Object.entries(expected).every(([name, value]) => labels[name] === value)

async function untilAlerts(what: string, is: (firing: readonly Alert[]) => boolean): Promise<void> {
  let last: readonly Alert[] = []
  try {
    await until(`the alerts, ${what},`, async () => {
      const { alerts } = await ops<{ readonly alerts: readonly Alert[] }>('alerts')
      last = alerts.filter(({ state }) => state === 'firing')
      return is(last)
    })
  } catch (error) {
    console.error(`firing: ${JSON.stringify(last.map(({ labels }) => labels))}`)
    throw error
  }
}

async function untilWaiting(orderId: string, is: (waiting: Waiting) => boolean): Promise<Waiting> {
  let last: Waiting | undefined
  try {
    return await until('the right reason', async () => {
      last = await ops<Waiting>(`orders/${orderId}/waiting`)
      return is(last) ? last : undefined
    })
  } catch (error) {
    const source = {
      orderService: platform.url('order-service'),
      token: await platform.token({ subject: 'tests', roles: ['support'] }),
      console: { url: platform.url('console'), token: platform.consoleToken },
      logs: platform.logs,
      services: platform.services.map(({ name }) => name),
    }
    console.error(`last: ${JSON.stringify(last)}\n${await orderTimeline(orderId, source)}`)
    throw error
  }
}

async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = performance.now() + 60_000
  let failure: unknown
  while (performance.now() < deadline) {
    try {
      const found = await look()
      if (found !== undefined && found !== false) return found
    } catch (error) {
      failure = error
    }
    await delay(200)
  }
  throw new Error(`${what} did not come`, { cause: failure })
}
