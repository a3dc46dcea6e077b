import { randomUUID } from 'node:crypto'
import { Pool } from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createTestDatabase, waitFor } from '../../../test/servers.ts'
import { gatewayLedger } from '../src/simulated-gateway/gateway-ledger.ts'
import { deliveryReturned, openPayment, orderCreated, orderDispatched } from './payment-instance.ts'

/** So long that no repeated call plays a part; a stop waits as long for the answer that never comes. */
const NO_REPETITION = '10000'
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

const opened = async () => {
  const [database, gateway] = await Promise.all([createTestDatabase(), createTestDatabase()])
  const ledger = new Pool({ connectionString: gateway.url })
  onTestFinished(async () => {
    await ledger.end()
    await database.drop()
    await gateway.drop()
  })
  const run = async (properties: Readonly<Record<string, string>>) => {
    const instance = await openPayment({
      databaseUrl: database.url,
      gatewayUrl: gateway.url,
      properties: { 'gateway.webhook-secret': SECRET, 'gateway.simulated.webhook-delay': '0', ...properties },
    })
    let open = true
    const close = async () => {
      if (open) await instance.close()
      open = false
    }
    onTestFinished(close)
    return { ...instance, close }
  }
  const owed = async () => (await ledger.query('select id, attempts from webhook_messages where taken_at is null')).rows
  const messages = async () => Number((await ledger.query('select count(*) from webhook_messages')).rows[0].count)
  /** Of the reports that were taken: whether each changed something. */
  const effects = async () => {
    const payments = new Pool({ connectionString: database.url })
    const { rows } = await payments.query('select to_version > from_version as changed from accepted_commands')
    await payments.end()
    return rows.map(({ changed }) => changed)
  }
  return { run, ledger, owed, messages, effects }
}

describe('the reports of the gateway', () => {
  it('bring home a payment whose answer was lost, before the call is repeated, and it is charged once', async () => {
    const { run, ledger, owed, effects } = await opened()
    const payment = await run({ 'gateway.timeout-ms': NO_REPETITION })
    const orderId = randomUUID()
    await payment.receive(orderCreated(orderId, 'tok_timeout'))
    await payment.until(orderId, 'AUTHORIZED')
    await waitFor(async () => (await owed()).length === 0, { what: 'the report taken' })
    expect(await effects()).toEqual([true])
    expect(await gatewayLedger(ledger)).toMatchObject([{ authorizations: 1, declines: 0, contradictions: 0 }])
  })

  it('are not made of what the answer has said', async () => {
    const { run, messages } = await opened()
    const payment = await run({})
    const orderId = randomUUID()
    await payment.receive(orderCreated(orderId))
    await payment.until(orderId, 'AUTHORIZED')
    await payment.receive(orderDispatched(orderId))
    await payment.until(orderId, 'CAPTURED')
    expect(await messages()).toBe(0)
  })

  it('when all are wanted say again what the answers said, which changes nothing', async () => {
    const { run, ledger, owed, messages } = await opened()
    const payment = await run({ 'gateway.simulated.webhooks': 'all' })
    const orderIds = [randomUUID(), randomUUID(), randomUUID()]
    for (const [n, token] of ['tok_ok', 'tok_refund_fails', 'tok_timeout'].entries()) {
      await payment.receive(orderCreated(orderIds[n] ?? '', token))
    }
    await Promise.all(orderIds.map((orderId) => payment.until(orderId, 'AUTHORIZED')))
    await payment.receive(...orderIds.map(orderDispatched))
    await payment.receive(...orderIds.map(deliveryReturned))
    await Promise.all(orderIds.map((orderId) => payment.until(orderId, 'VOIDED', 'REFUNDED')))
    await waitFor(async () => (await owed()).length === 0, { what: 'all reports taken' })
    // Each: authorised, captured, refunded; one refund was refused twice.
    expect(await messages()).toBe(3 * 3 + 2)
    for (const charges of await gatewayLedger(ledger)) {
      expect(charges).toMatchObject({ authorizations: 1, captures: 1, refunds: 1, netCharge: 0, contradictions: 0 })
    }
  })

  it('of answers that were lost bring home every payment of a gateway that answers no call', async () => {
    const { run, ledger } = await opened()
    // One half of the calls is not carried out and must be repeated; of the other half the report alone comes home.
    const payment = await run({ 'gateway.failure-rate': '1' })
    const orderIds: readonly string[] = Array.from({ length: 10 }, () => randomUUID())
    await payment.receive(...orderIds.map((orderId) => orderCreated(orderId)))
    await Promise.all(orderIds.map((orderId) => payment.until(orderId, 'AUTHORIZED')))
    const charges = await gatewayLedger(ledger)
    expect(charges.map(({ authorizations }) => authorizations)).toEqual(orderIds.map(() => 1))
  })

  it('that are refused or were being sent when the process died are sent again', async () => {
    // given a shop that cannot be reached
    const { run, owed, ledger } = await opened()
    const deaf = await run({ 'gateway.timeout-ms': NO_REPETITION })
    const orderId = randomUUID()
    await deaf.app.close()
    await deaf.receive(orderCreated(orderId, 'tok_timeout'))
    await waitFor(async () => (await owed()).some(({ attempts }) => attempts > 0), { what: 'an attempt' })
    await deaf.close()
    expect(await owed()).toHaveLength(1)
    // As if the process had died in the middle of an attempt: its lease is over.
    await ledger.query('update webhook_messages set due_at = now()')

    // when it can be reached again
    const next = await run({ 'gateway.timeout-ms': NO_REPETITION })
    await next.until(orderId, 'AUTHORIZED')

    // then
    await waitFor(async () => (await owed()).length === 0, { what: 'the report taken' })
    expect(await gatewayLedger(ledger)).toMatchObject([{ authorizations: 1 }])
  })
})
