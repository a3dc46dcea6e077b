import type { StreamChange } from '@stocker/cqrs'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import type { HistoryEntry, Order } from '../src/order.ts'
import { progressedBy } from '../src/order-metrics.ts'
import type { SloOutcome } from '../src/order-slo.ts'
import { countOver, outcomeWhenOver } from '../src/order-slo.ts'
import { isSettled } from '../src/order-status.ts'
import { participantEvents } from './participant-events.ts'
import type { OrderOnTopics } from './running-order.ts'
import { orderOnTopics, orderRequest } from './running-order.ts'

const OBJECTIVE_MS = 1_000
const at = (ms: number) => new Date(ms).toISOString()

describe('an order whose time is over', () => {
  const placed: HistoryEntry = { status: 'CREATED', at: at(0) }
  test.each<[string, readonly HistoryEntry[], SloOutcome | null]>([
    ['that is still on its way has expired', [placed, { status: 'DISPATCHED', at: at(500) }], 'expired'],
    ['that ended in time was counted then', [placed, { status: 'DELIVERED', at: at(OBJECTIVE_MS) }], null],
    ['that ended afterwards is late', [placed, { status: 'CANCELLED', at: at(OBJECTIVE_MS + 1) }], 'late'],
    [
      'counts by its first end: what is sent back later was in time',
      [placed, { status: 'DELIVERED', at: at(900) }, { status: 'RETURNED', at: at(90_000) }],
      null,
    ],
  ])('%s', (_, history, outcome) => {
    expect(outcomeWhenOver(history, new Date(0), OBJECTIVE_MS)).toBe(outcome)
  })
})

test('what a change did is read off the history: each end once, and the time to the first', () => {
  const history: HistoryEntry[] = [
    { status: 'CREATED', at: at(0) },
    { status: 'DISPATCHED', at: at(100) },
    { status: 'DELIVERED', at: at(400) },
    { status: 'RETURNING', at: at(500) },
    { status: 'RETURNED', at: at(900) },
  ]
  const change = (length: number, types: readonly string[]) =>
    ({
      state: { history: history.slice(0, length) } as unknown as Order,
      events: types.map((type) => ({ type })),
    }) as unknown as StreamChange

  expect(progressedBy(change(1, ['OrderCreatedEvent']))).toMatchObject({
    placed: true,
    ends: [],
    endedAfterMs: undefined,
  })
  expect(progressedBy(change(3, ['ParcelNoted', 'OrderCompletedEvent']))).toMatchObject({
    placed: false,
    ends: [{ status: 'DELIVERED' }],
    endedAfterMs: 400,
    deliveredAfterMs: 400,
  })
  expect(progressedBy(change(5, ['OrderReturnedEvent']))).toMatchObject({
    ends: [{ status: 'RETURNED' }],
    endedAfterMs: undefined,
    deliveredAfterMs: undefined,
  })
})

describe('the metrics of the order service', () => {
  let running: OrderOnTopics
  let pool: pg.Pool
  beforeAll(async () => {
    running = await orderOnTopics({ 'order.slo.delivered-within': '1s' })
    pool = new pg.Pool({ connectionString: running.database.url, max: 4 })
  })
  afterAll(async () => {
    await pool?.end()
    await running?.close()
  })

  const place = async (): Promise<string> => {
    const response = await running.service.app.inject({ method: 'POST', url: '/api/orders', payload: orderRequest })
    return response.json<{ orderId: string }>().orderId
  }
  const metric = async (series: string): Promise<number> => {
    const { payload } = await running.service.app.inject('/metrics')
    const line = payload.split('\n').find((each) => each.startsWith(`${series} `))
    return Number(line?.slice(series.length + 1) ?? Number.NaN)
  }

  test('count each order once, whoever looks: one that is cancelled in time, one that is stuck', async () => {
    // given: counters that are there before anything is counted
    for (const outcome of ['in_time', 'late', 'expired']) {
      expect(await metric(`order_slo_total{outcome="${outcome}"}`)).toBeGreaterThanOrEqual(0)
    }
    expect(await metric('orders_finished_total{status="LOST"}')).toBe(0)

    // when one order is declined at once, and nothing ever happens to the other
    const [declined, stuck] = [await place(), await place()]
    const events = participantEvents(declined)
    await running.topics.send('payment-events', [[declined, events.declined]])
    await running.topics.send('dispatch-events', [[declined, events.released]])

    // then the metrics say what the orders say; others may come from carts of other tests
    const slo = (outcome: SloOutcome) => metric(`order_slo_total{outcome="${outcome}"}`)
    const counted = async () => {
      const { rows } = await pool.query<{ order_id: string; history: HistoryEntry[] }>(
        `select order_id, progress -> 'history' as history from orders`,
      )
      const inTime = rows.filter(({ history }) => {
        const end = history.find(({ status }) => isSettled(status))
        return end !== undefined && Date.parse(end.at) - Date.parse(history[0]?.at ?? '') <= OBJECTIVE_MS
      })
      const cancelled = rows.filter(({ history }) => history.some(({ status }) => status === 'CANCELLED'))
      return (
        cancelled.some(({ order_id }) => order_id === declined) &&
        (await slo('expired')) >= 1 &&
        (await slo('in_time')) === inTime.length &&
        (await slo('late')) + (await slo('expired')) === rows.length - inTime.length &&
        (await metric('orders_placed_total')) === rows.length &&
        (await metric('orders_finished_total{status="CANCELLED"}')) === cancelled.length &&
        (await metric('orders_in_state{status="CANCELLED"}')) === cancelled.length
      )
    }
    await waitFor(counted, { what: `every order to be counted once, ${stuck} among them` })
    expect(await metric('sagas_active{saga="orderFulfilment"}')).toBeGreaterThanOrEqual(1)
    expect(await metric('saga_oldest_seconds{saga="orderFulfilment",state="compensating"}')).toBe(0)
    expect(await metric('saga_oldest_seconds{saga="orderFulfilment",state="running"}')).toBeGreaterThan(0)
    expect(await metric('saga_transitions_total{saga="orderFulfilment"}')).toBeGreaterThanOrEqual(2)
  })

  test('are counted by one of several instances, also what fell due while none was running', async () => {
    // given: orders that were placed a day ago in the eyes of those who look now
    const later = new Date(Date.now() + 86_400_000)
    const { rows: before } = await pool.query<{ counted_until: Date }>('select counted_until from order_slo')
    const since = before[0]?.counted_until
    const orders = await Promise.all(Array.from({ length: 20 }, place))
    const counted: SloOutcome[] = []
    const look = (instance: number) =>
      countOver(pool, { objectiveMs: OBJECTIVE_MS, now: () => later, count: (outcome) => counted.push(outcome) }).then(
        () => instance,
      )

    // when
    await Promise.all([look(1), look(2), look(3)])
    await look(1)

    // then
    const { rows } = await pool.query<{ placed: number }>(
      'select count(*)::int as placed from orders where created_at > $1',
      [since],
    )
    expect(orders).toHaveLength(20)
    expect(counted.length).toBeGreaterThanOrEqual(orders.length)
    expect(counted.length).toBeLessThanOrEqual(rows[0]?.placed ?? 0)
  })
})
