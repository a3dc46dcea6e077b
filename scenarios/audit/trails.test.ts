import type { HandledMessage, StoredEvent } from '@stocker/cqrs'
import { describe, expect, test } from 'vitest'
import { model as delivery } from '../../services/delivery-service/src/model.ts'
import { model as dispatch } from '../../services/dispatch-service/src/model.ts'
import { model as payment } from '../../services/payment-service/src/model.ts'
import type { PlacedEvent } from '../event-log.ts'
import type { Ledger } from './trail-calls.ts'
import type { StoreTrails } from './trails.ts'
import { trailDifferences } from './trails.ts'

const record = (eventId: string, offset: bigint, more: Partial<PlacedEvent> = {}): PlacedEvent => ({
  topic: 'dispatch-events',
  partition: 0,
  offset,
  key: 'o-1',
  correlationId: 'o-1',
  eventId,
  eventType: 'OrderDispatchedEvent',
  ...more,
})

const event = (id: string, position: bigint, more: Partial<StoredEvent> = {}): StoredEvent => ({
  id,
  stream: 'dispatch-o-1',
  version: Number(position),
  type: 'OrderDispatchedEvent',
  revision: 1,
  data: {},
  metadata: { correlationId: 'o-1', causationId: null },
  occurredAt: '2026-03-01T12:00:00.000Z',
  position,
  tx: 1n,
  ...more,
})

const handled = (messageId: string, offset: bigint): HandledMessage => ({
  messageId,
  consumer: 'delivery-service-group',
  source: { topic: 'dispatch-events', partition: 0, offset },
  publishedAt: null,
  receivedAt: null,
  handledAt: '2026-03-01T12:00:00.000Z',
})

const NO_CALLS = { openCalls: [], callRows: [], ledgers: [] }

/** Dispatch publishes, delivery handles; what they did to rows is another test's. */
const stores = (events: readonly StoredEvent[], messages: readonly HandledMessage[], count = messages.length) => {
  const empty = { events: [], handled: [], handledCount: 0, tables: [], projections: [], aggregates: [], ...NO_CALLS }
  return [
    { ...dispatch, ...empty, events },
    { ...delivery, ...empty, handled: messages, handledCount: count },
  ] satisfies readonly StoreTrails[]
}

const textsOf = (records: readonly PlacedEvent[], all: readonly StoreTrails[]) =>
  trailDifferences(records, all).map(({ kind, about, text }) => `${kind} ${about}: ${text}`)

describe('trails and topics', () => {
  test('agree when each event is stored once and handled once, though it was published twice', () => {
    const records = [record('e1', 0n), record('e1', 1n)]
    expect(textsOf(records, stores([event('e1', 1n)], [handled('e1', 0n)]))).toEqual([])
    expect(textsOf(records, stores([event('e1', 1n)], [handled('e1', 1n)]))).toEqual([])
  })

  test('differ when a published event is in no store, or in two', () => {
    const [, receiver] = stores([], [handled('e1', 0n)])
    const [sender] = stores([event('e1', 1n)], [])
    const both = [sender, { ...receiver, events: [event('e1', 1n)] }] as StoreTrails[]
    const text = 'TRAIL_EVENT case o-1: OrderDispatchedEvent e1 was published; the trail has it'
    expect(textsOf([record('e1', 0n)], stores([], [handled('e1', 0n)]))).toEqual([`${text} 0 times`])
    expect(textsOf([record('e1', 0n)], both)).toEqual([`${text} 2 times`])
  })

  test('differ when a stored event that is to be published is in no topic', () => {
    expect(textsOf([], stores([event('e1', 1n), event('e2', 2n, { type: 'StockSold' })], []))).toEqual([
      'TRAIL_EVENT case o-1: the trail of dispatch-service has OrderDispatchedEvent e1, which is in no topic',
    ])
  })

  test('differ when a record that a service acts on was not handled', () => {
    expect(textsOf([record('e1', 0n)], stores([event('e1', 1n)], []))).toEqual([
      'TRAIL_HANDLING case o-1: delivery-service did not handle OrderDispatchedEvent e1',
    ])
  })

  test('differ when the record that was handled is another one, or none', () => {
    const records = [record('e1', 0n), record('e2', 1n)]
    const found = textsOf(records, stores([event('e1', 1n), event('e2', 2n)], [handled('e1', 1n), handled('e2', 9n)]))
    expect(found).toEqual([
      'TRAIL_HANDLING message e1: delivery-service handled it at dispatch-events-0@1, where there is e2',
      'TRAIL_HANDLING message e2: delivery-service handled it at dispatch-events-0@9, where there is no event',
    ])
  })

  test('differ when a store has handled what belongs to no case', () => {
    expect(textsOf([record('e1', 0n)], stores([event('e1', 1n)], [handled('e1', 0n)], 3))).toEqual([
      'TRAIL_HANDLING inbox of delivery-service: 2 handled messages belong to no case',
    ])
  })

  test('agree although a compacted topic has forgotten records', () => {
    const listed = { ...handled('p1', 0n), source: { topic: 'catalog-events', partition: 0, offset: 0n } }
    expect(textsOf([], stores([], [listed]))).toEqual([])
  })
})

describe('what events did to rows', () => {
  const stocked = (version: number, quantity: number) =>
    event(`s${version}`, BigInt(version), {
      stream: 'stock-mug',
      type: 'StockAdjusted',
      data: { sku: 'mug', quantity, reason: 'count' },
    })
  const row = { sku: 'mug', on_hand: 7, reserved: 0, stocked: 7, sold: 0, returned: 0, threshold: null, version: 2 }
  const store = (rows: readonly object[]): StoreTrails => ({
    ...dispatch,
    ...NO_CALLS,
    events: [stocked(1, 5), stocked(2, 2)],
    handled: [],
    handledCount: 0,
    tables: [{ table: 'stock', rows: rows as never }],
  })

  test('is what the rows are', () => {
    expect(textsOf([], [store([row])])).toEqual([])
  })

  test('is not, when a row is another one, missing, or made by no event', () => {
    expect(textsOf([], [store([{ ...row, on_hand: 8 }])])).toEqual([
      'TRAIL_EFFECT dispatch-service stock mug: on_hand is 8, the events made it 7',
    ])
    expect(textsOf([], [store([])])).toEqual([
      'TRAIL_EFFECT dispatch-service stock mug: an event made the row, and it is not there',
    ])
    expect(textsOf([], [store([row, { ...row, sku: 'pen' }])])).toEqual([
      expect.stringContaining('TRAIL_EFFECT dispatch-service stock: no event made the row {"sku":"pen"'),
    ])
  })
})

describe('calls to the outside', () => {
  const KEY = 'authorize-o-1'
  const CALL = { name: 'payment-gateway', key: KEY }
  const asked = event('a1', 1n, { stream: 'payment-o-1', type: 'PaymentRequested', data: { orderId: 'o-1' } })
  const answer = event('a2', 2n, {
    stream: 'payment-o-1',
    type: 'PaymentAuthorized',
    tx: 2n,
    metadata: { correlationId: 'o-1', causationId: 'a1' },
  })
  const open = { ...CALL, attempts: 0, dueAt: '', requestedAt: '', lastError: null }
  const gateway = (...requests: readonly (readonly [key: string, reported: boolean])[]): readonly Ledger[] => [
    { name: CALL.name, requests: new Map(requests.map(([key, reported]) => [key, { reported }])) },
  ]
  const made = gateway([KEY, false])
  const told = (calls: Partial<StoreTrails>) => {
    const empty = { events: [], handled: [], handledCount: 0, tables: [], projections: [], aggregates: [], ...NO_CALLS }
    return textsOf([], [{ ...payment, ...empty, ...calls }])
  }
  const text = (about: string, what: string, key = KEY) =>
    `TRAIL_CALL ${about}: payment-service, call ${key} to payment-gateway: ${what}`

  test('agree when each is asked for in a trail, and waits, or is answered there by whom it is to', () => {
    expect(told({ events: [asked, answer], ledgers: made })).toEqual([])
    expect(told({ events: [asked], openCalls: [open], callRows: [CALL], ledgers: gateway() })).toEqual([])
    expect(told({ events: [asked], openCalls: [open], callRows: [CALL], ledgers: made })).toEqual([])
  })

  test('agree when the answer came by a report instead of the call', () => {
    const reported = { ...answer, metadata: { correlationId: 'o-1', causationId: 'report' } }
    expect(told({ events: [asked, reported], ledgers: gateway([KEY, true]) })).toEqual([])
  })

  test('differ when one was made, or waits, that no trail shows as asked for', () => {
    expect(told({ events: [asked, answer], ledgers: gateway([KEY, false], ['void-o-1', false]) })).toEqual([
      text('call void-o-1', 'it was made, and no trail shows who asked for it', 'void-o-1'),
    ])
    expect(told({ callRows: [CALL], ledgers: gateway() })).toEqual([
      text(`call ${KEY}`, 'it waits for an answer, and no trail shows who asked for it'),
    ])
  })

  test('differ when a trail lacks that one waits, or that it was answered', () => {
    expect(told({ events: [asked], callRows: [CALL], ledgers: made })).toEqual([
      text('case o-1', 'it waits for an answer, which its trail does not show'),
    ])
    expect(told({ events: [asked], ledgers: made })).toEqual([
      text('case o-1', 'it does not wait any more, and its trail shows no answer'),
    ])
  })

  test('differ when a trail shows one that was never made, or an answer that nobody gave', () => {
    expect(told({ events: [asked], ledgers: gateway() })).toEqual([
      text('case o-1', 'its trail shows it, and neither does it wait nor was payment-gateway asked'),
    ])
    expect(told({ events: [asked, answer], ledgers: gateway() })).toEqual([
      text('case o-1', 'its trail shows an answer, and payment-gateway was not asked'),
    ])
    expect(told({ events: [asked, answer], callRows: [CALL], ledgers: made })).toEqual([
      text('case o-1', 'it waits for an answer, which its trail does not show'),
      text('case o-1', 'its trail shows an answer, and it still waits for one'),
    ])
  })

  test('to who keeps no books differ when they are over and nothing has happened since', () => {
    const parcel = event('c1', 1n, {
      stream: 'delivery-o-1',
      type: 'ReturnStarted',
      data: { call: { request: 'fetch', deliveryId: 'd-1' } },
    })
    const since = event('c2', 2n, { stream: 'delivery-o-1', type: 'DeliveryLostEvent', tx: 2n })
    const store = (events: readonly StoredEvent[]) => [
      { ...delivery, handled: [], handledCount: 0, tables: [], ...NO_CALLS, events } satisfies StoreTrails,
    ]
    const differing = (events: readonly StoredEvent[]) =>
      textsOf([], store(events)).filter((sentence) => sentence.startsWith('TRAIL_CALL'))
    expect(differing([parcel, since])).toEqual([])
    // The cart's case goes on under the id of its order.
    const byHand = { ...since, metadata: { correlationId: 'o-2', causationId: null } }
    expect(differing([byHand, parcel])).toEqual([])
    expect(differing([parcel])).toEqual([
      'TRAIL_CALL case o-1: delivery-service, call d-1-fetch to courier: it does not wait any more, and its trail shows no answer',
    ])
  })
})
