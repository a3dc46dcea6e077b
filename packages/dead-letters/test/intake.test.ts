import { DEAD_LETTER_HEADERS, encodeInt32, encodeInt64, encodeText, redriveHeaders } from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import type { FailedRecord } from '../src/index.ts'
import { readFailedRecord } from '../src/index.ts'
import { useShop } from './shop.ts'

const { openDatabase, openStore } = useShop()
const open = async () => openStore((await openDatabase()).pool)

interface Letter {
  /** Offset in the dead-letter topic. */
  readonly at: number
  /** Offset in the topic where it failed. */
  readonly offset?: number
  /** Where it failed. */
  readonly topic?: string
  readonly group?: string
  readonly message?: string
  readonly value?: object
  readonly redrive?: { readonly deadLetterId: string; readonly attempt: number }
}

function letter({
  at,
  offset = 1,
  topic = 'orders',
  group = 'payments',
  message = 'declined',
  value = {},
  redrive,
}: Letter): FailedRecord {
  const headers = [
    { key: 'shop', value: Buffer.from([0xff, 0x00]) },
    { key: DEAD_LETTER_HEADERS.originalTopic, value: encodeText(topic) },
    { key: DEAD_LETTER_HEADERS.originalPartition, value: encodeInt32(0) },
    { key: DEAD_LETTER_HEADERS.originalOffset, value: encodeInt64(BigInt(offset)) },
    { key: DEAD_LETTER_HEADERS.originalTimestamp, value: encodeInt64(1_700_000_000_000n) },
    { key: DEAD_LETTER_HEADERS.originalConsumerGroup, value: encodeText(group) },
    { key: DEAD_LETTER_HEADERS.exceptionCauseFqcn, value: encodeText('CardDeclined') },
    { key: DEAD_LETTER_HEADERS.exceptionMessage, value: encodeText(message) },
    ...(redrive ? redriveHeaders(redrive) : []),
  ]
  const key = Buffer.from('order-7')
  return readFailedRecord({
    topic: 'orders-dlt',
    partition: 0,
    offset: BigInt(at),
    timestamp: 1_700_000_000_000n + BigInt(at) * 1_000n,
    timestampType: 'CreateTime',
    key: 'order-7',
    headers,
    raw: { key, value: Buffer.from(JSON.stringify(value)), headers },
    value,
    typeId: undefined,
  })
}

const list = async ({ queries }: ReturnType<typeof openStore>) => queries.list({}, { limit: 100 })

describe('the store', () => {
  it('keeps a dead letter with every byte of it', async () => {
    const shop = await open()

    const report = await shop.intake.take([
      letter({ at: 0, value: { eventId: 'e-1', eventType: 'OrderCreatedEvent' } }),
    ])

    expect(report).toEqual({
      arrived: 1,
      failedAgain: 0,
      repeated: 0,
      arrivals: [{ consumerGroup: 'payments', topic: 'orders', count: 1 }],
    })
    const [found] = await list(shop)
    expect(found).toMatchObject({
      consumerGroup: 'payments',
      topic: 'orders',
      partition: 0,
      offset: '1',
      originalAt: new Date(1_700_000_000_000),
      key: 'order-7',
      eventId: 'e-1',
      eventType: 'OrderCreatedEvent',
      errorClass: 'CardDeclined',
      state: 'NEW',
      redrivesLeft: 3,
      occurrences: 1,
    })
    const whole = await shop.queries.find(found?.id as string)
    expect(whole.headers[0]).toEqual({ key: 'shop', value: Buffer.from([0xff, 0x00]) })
    expect(whole.value?.toString()).toBe('{"eventId":"e-1","eventType":"OrderCreatedEvent"}')
  })

  it('takes the same records any number of times, in any batches, once', async () => {
    const shop = await open()
    const letters = [1, 2, 3].map((n) => letter({ at: n, offset: n }))
    await shop.intake.take(letters.slice(0, 2))

    expect(await shop.intake.take(letters)).toMatchObject({ arrived: 1, failedAgain: 0, repeated: 2 })
    await Promise.allSettled([shop.intake.take(letters), shop.intake.take(letters)])

    expect((await list(shop)).map(({ offset, occurrences }) => [offset, occurrences])).toEqual([
      ['3', 1],
      ['2', 1],
      ['1', 1],
    ])
  })

  it('makes one dead letter of a record that was dead-lettered twice, and two of one at which two groups failed', async () => {
    const shop = await open()

    await shop.intake.take([letter({ at: 1 }), letter({ at: 2 }), letter({ at: 3, group: 'dispatch' })])

    expect((await list(shop)).map(({ consumerGroup, occurrences }) => [consumerGroup, occurrences])).toEqual([
      ['dispatch', 1],
      ['payments', 2],
    ])
  })

  it('knows a copy of an earlier sending from the failure of the one under way', async () => {
    const shop = await open()
    await shop.intake.take([letter({ at: 1 })])
    const [{ id: deadLetterId = '' } = {}] = await list(shop)
    const { id } = await shop.redrives.start({ by: 'ada', reason: 'again', selection: { ids: [deadLetterId] } })

    expect(await shop.intake.take([letter({ at: 2, redrive: { deadLetterId, attempt: 7 } })])).toMatchObject({
      failedAgain: 0,
      repeated: 1,
    })
    expect((await shop.redrives.find(id)).counts).toMatchObject({ failed: 0, planned: 1 })
  })

  it('knows one by the header alone when a listener took the redrive topic for its origin, and only of the same group', async () => {
    const shop = await open()
    await shop.intake.take([letter({ at: 1 })])
    const [{ id: deadLetterId = '' } = {}] = await list(shop)
    const redrive = { deadLetterId, attempt: 1 }

    await shop.intake.take([
      letter({ at: 2, offset: 8, topic: 'payments-redrive', redrive }),
      letter({ at: 3, offset: 9, topic: 'dispatch-redrive', group: 'dispatch', redrive }),
      letter({ at: 4, offset: 7, redrive }),
    ])

    expect((await list(shop)).map(({ topic, offset, occurrences }) => [topic, offset, occurrences])).toEqual([
      ['orders', '7', 1],
      ['dispatch-redrive', '9', 1],
      ['orders', '1', 2],
    ])
  })

  it('groups by cause: how many, in which state, first and last', async () => {
    const shop = await open()
    await shop.intake.take([
      letter({ at: 1, offset: 1, message: 'order-1 declined' }),
      letter({ at: 5, offset: 2, message: 'order-2 declined' }),
      letter({ at: 9, offset: 3, message: 'no such customer' }),
    ])
    await shop.actions.park(
      { key: 'order-7', topic: 'orders', to: new Date(1_700_000_002_000) },
      { by: 'ada', reason: 'later' },
    )

    expect(await shop.queries.groups({}, 10)).toMatchObject([
      { errorMessage: 'no such customer', deadLetters: 1, byState: { NEW: 1, PARKED: 0 } },
      {
        errorMessage: 'order-2 declined',
        deadLetters: 2,
        byState: { NEW: 1, PARKED: 1 },
        firstSeenAt: new Date(1_700_000_001_000),
        lastSeenAt: new Date(1_700_000_005_000),
      },
    ])
  })

  it('gives its pages from the newest on', async () => {
    const shop = await open()
    await shop.intake.take([1, 2, 3, 4, 5].map((n) => letter({ at: n, offset: n })))

    const first = await shop.queries.list({}, { limit: 2 })
    const second = await shop.queries.list({}, { limit: 2, before: first.at(-1)?.id as string })

    expect([...first, ...second].map(({ offset }) => offset)).toEqual(['5', '4', '3', '2'])
  })
})

describe('a person', () => {
  const ask = { by: 'ada', reason: 'wrong price' }

  it('edits a payload: the diff is kept, the event stays the same one', async () => {
    const shop = await open()
    await shop.intake.take([letter({ at: 1, value: { eventId: 'e-1', price: 5 } })])
    const [{ id = '' } = {}] = await list(shop)

    const diff = await shop.actions.edit(id, Buffer.from('{"eventId":"e-1","price":6}'), ask)
    const otherEvent = shop.actions.edit(id, Buffer.from('{"eventId":"e-2","price":6}'), ask)

    expect(diff).toEqual({ changes: [{ path: '/price', before: 5, after: 6 }] })
    await expect(otherEvent).rejects.toMatchObject({
      code: 'PAYLOAD_REFUSED',
      message: `The payload for dead letter ${id} is refused: its eventId is e-2 instead of e-1`,
    })
    expect(await shop.queries.find(id)).toMatchObject({
      edited: true,
      value: Buffer.from('{"eventId":"e-1","price":6}'),
    })
    expect(await shop.queries.audit({ id, limit: 5 })).toMatchObject([{ who: 'ada', action: 'edit', detail: diff }])
  })

  it('cannot edit what is being sent', async () => {
    const shop = await open()
    await shop.intake.take([letter({ at: 1 })])
    const [{ id = '' } = {}] = await list(shop)
    await shop.redrives.start({ ...ask, selection: { ids: [id] } })

    await expect(shop.actions.edit(id, Buffer.from('{}'), ask)).rejects.toMatchObject({
      code: 'WRONG_STATE',
      message: `Dead letter ${id} is REDRIVING; only one that is NEW or PARKED can be edited`,
    })
  })

  it('discards with a reason, and may take it back', async () => {
    const shop = await open()
    await shop.intake.take([letter({ at: 1, offset: 1 }), letter({ at: 2, offset: 2 })])
    const ids = (await list(shop)).map(({ id }) => id)

    expect(await shop.actions.discard({ ids }, ask)).toEqual({ changed: ids.toSorted(), refused: [] })
    expect(await shop.actions.park({ ids }, ask)).toMatchObject({ changed: [], refused: [{ state: 'DISCARDED' }, {}] })
    await shop.actions.release({ ids }, ask)

    expect((await list(shop)).map(({ state }) => state)).toEqual(['NEW', 'NEW'])
    expect((await shop.queries.audit({ limit: 9 })).map(({ action, reason }) => `${action}: ${reason}`)).toEqual([
      'release: wrong price',
      'discard: wrong price',
    ])
  })

  it('cannot change everything by forgetting to select', async () => {
    const shop = await open()

    expect(() => shop.actions.discard({}, ask)).toThrow(
      /^Nothing is selected: name ids, or at least one of consumerGroup/,
    )
    await expect(shop.redrives.plan({})).rejects.toMatchObject({ code: 'EMPTY_SELECTION' })
  })
})
