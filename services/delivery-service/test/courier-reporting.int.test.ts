import { randomUUID } from 'node:crypto'
import { Pool } from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createTestDatabase, waitFor } from '../../../test/servers.ts'
import { openDelivery } from './delivery-instance.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

const SCHEDULED = 'DeliveryScheduledEvent'
const OUT = 'OrderOutForDeliveryEvent'
const FAILED = 'DeliveryAttemptFailedEvent'

/** End of the first line of an address → how its parcel ends, and what is stored of it on the way. */
const WAYS = [
  { line1: 'Main Street 1', end: 'DELIVERED', events: [SCHEDULED, OUT, 'OrderDeliveredEvent'] },
  {
    line1: 'Main Street 2 absent once',
    end: 'DELIVERED',
    events: [SCHEDULED, OUT, FAILED, 'AttemptRequested', OUT, 'OrderDeliveredEvent'],
  },
  {
    line1: 'Main Street 3 refused',
    end: 'RETURNED',
    events: [
      ...[SCHEDULED, OUT, FAILED, 'AttemptRequested', OUT, FAILED, 'AttemptRequested', OUT, FAILED],
      ...['ReturnStarted', 'DeliveryReturnedEvent'],
    ],
  },
  { line1: 'Main Street 4 lost', end: 'LOST', events: [SCHEDULED, OUT, 'DeliveryLostEvent'] },
] as const

const opened = async (properties: Readonly<Record<string, string>>) => {
  const [database, courier] = await Promise.all([createTestDatabase(), createTestDatabase()])
  const reports = new Pool({ connectionString: courier.url })
  // A connection that is still being closed when its database is dropped.
  reports.on('error', () => {})
  const delivery = await openDelivery({
    databaseUrl: database.url,
    courierUrl: courier.url,
    properties: { 'courier.webhook-secret': SECRET, 'courier.simulated.webhook-delay': '0', ...properties },
  })
  onTestFinished(async () => {
    await delivery.close()
    await reports.end()
    await Promise.all([database.drop(), courier.drop()])
  })
  const count = async (which: string) =>
    Number((await reports.query(`select count(*) from webhook_messages where ${which}`)).rows[0].count)
  const allTaken = () =>
    waitFor(async () => (await count('true')) > 0 && (await count('taken_at is null')) === 0, {
      what: 'all reports taken',
    })
  return { delivery, count, allTaken }
}

const goAllWays = async ({ delivery }: Awaited<ReturnType<typeof opened>>) => {
  const parcels = WAYS.map((way) => ({ ...way, orderId: randomUUID() as string }))
  await Promise.all(parcels.map(({ orderId, line1 }) => delivery.schedule(orderId, line1)))
  return {
    ended: () => Promise.all(parcels.map(({ orderId, end }) => delivery.until(orderId, end))),
    expectEachOnce: async () => {
      for (const { orderId, events } of parcels)
        expect((await delivery.events(orderId)).filter((type) => type !== 'CourierAnswered')).toEqual(events)
    },
  }
}

describe('the reports of the courier', () => {
  it('bring home every parcel of a courier who answers no request', async () => {
    // One half of the requests does not reach him and must be repeated; of the other half the report alone comes home.
    const courier = await opened({ 'courier.failure-rate': '1' })
    const { ended, expectEachOnce } = await goAllWays(courier)
    const [delivered] = await ended()
    await expectEachOnce()
    expect(delivered?.proof).toEqual({ receivedBy: 'Ada', proofId: expect.stringMatching(/^POD[0-9A-F]{16}$/) })
    await waitFor(async () => (await courier.delivery.openCalls()) === 0, { what: 'the calls to be over' })
  })

  it('when all are wanted say again what the answers said, which changes nothing', async () => {
    const courier = await opened({ 'courier.simulated.webhooks': 'all' })
    const { ended, expectEachOnce } = await goAllWays(courier)
    await ended()
    await courier.allTaken()
    await expectEachOnce()
    // Each attempt is a pick-up and its outcome; one parcel came back.
    expect(await courier.count('true')).toBe(2 * (1 + 2 + 3 + 1) + 1)
    expect(await courier.count('attempts > 1')).toBe(0)
  })

  it('that come late, of an attempt that was answered long ago, do not count for the next one', async () => {
    const courier = await opened({
      'courier.simulated.webhooks': 'all',
      'courier.simulated.webhook-delay': '300',
      'courier.delay-ms': '200',
    })
    const { ended, expectEachOnce } = await goAllWays(courier)
    await ended()
    await courier.allTaken()
    await expectEachOnce()
  })

  it('are not made of what the answer has said', async () => {
    const courier = await opened({})
    const { ended, expectEachOnce } = await goAllWays(courier)
    await ended()
    await expectEachOnce()
    await waitFor(async () => (await courier.count('true')) === 0, { what: 'a table without a report' })
  })
})
