import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { maskerOf } from '../../src/access/masking.ts'
import type { LogFiles } from '../../src/system/logs/log-files.ts'
import { createLogFiles, newestOf } from '../../src/system/logs/log-files.ts'
import { addLogFrame, LOG_TAIL_ROWS, logTailFrom } from '../../src/system/logs/log-tail-rows.ts'
import { frameOf, ROWS_PER_LOOK } from '../../src/system/logs/logs-channel.ts'
import { MAX_NEWS_BYTES } from '../../src/system/logs/read-log.ts'

const OPERATOR = maskerOf('operator')
const line = (msg: string, second = 0, more: object = {}): string =>
  `${JSON.stringify({ level: 'info', time: new Date(Date.UTC(2026, 10, 27, 10, 0, second)).toISOString(), msg, ...more })}\n`

let directory: string
let logs: LogFiles
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'logs-'))
  logs = createLogFiles(directory)
  await writeFile(fileOf('order-service'), line('before'))
})
afterEach(() => rm(directory, { recursive: true }))

const fileOf = (service: string): string => join(directory, `${service}.ndjson`)
const add = (text: string, service = 'order-service') => appendFile(fileOf(service), text)
const newest = () => logs.newest(undefined, { limit: 10 }, OPERATOR)
const since = (place: string, filter: object = {}) => logs.since(undefined, { since: place }, filter, OPERATOR)
const messages = ({ rows }: { rows: readonly { readonly message: string }[] }) => rows.map(({ message }) => message)

describe('a log that is followed', () => {
  it('goes on where the newest lines end, and again where the answer before ended', async () => {
    const begin = await newest()
    await add(line('one', 1) + line('two', 2))
    const first = await since(begin.place)
    await add(line('three', 3))
    const second = await since(first.place)

    expect(messages(begin)).toEqual(['before'])
    expect(messages(first)).toEqual(['one', 'two'])
    expect(messages(second)).toEqual(['three'])
    expect(await since(second.place)).toEqual({ rows: [], lines: 0, place: second.place, gap: false })
  })

  it('takes a line only when it has been written to its end', async () => {
    const half = line('one ü', 1)
    await add(half.slice(0, 20))
    const begin = await newest()
    const first = await since(begin.place)
    await add(half.slice(20))

    expect([messages(begin), messages(first), messages(await since(first.place))]).toEqual([['before'], [], ['one ü']])
  })

  it('is that of all services in the order of their times, each line with a name of its own; a new service is read from its beginning', async () => {
    const { place } = await newest()
    await add(line('third', 3))
    await add(line('first', 1) + line('second', 2), 'cart-service')

    const { rows } = await since(place)

    expect(rows.map(({ service, message }) => `${service} ${message}`)).toEqual([
      'cart-service first',
      'cart-service second',
      'order-service third',
    ])
    expect(new Set(rows.map(({ id }) => id)).size).toBe(3)
  })

  it('is filtered by what is shown, and counts what came', async () => {
    const { place } = await newest()
    await add(line('one', 1, { note: 'Ada Lovelace' }) + line('two', 2, { level: 'warn' }))

    expect(await since(place, { text: 'lovelace' })).toMatchObject({ rows: [], lines: 2 })
    expect(messages(await since(place, { level: 'warn' }))).toEqual(['two'])
  })

  it('says that there is a gap when another file has its name, and reads that one from its beginning', async () => {
    const { place } = await newest()
    await rename(fileOf('order-service'), join(directory, 'order-service.old'))
    await add(line('new', 1))

    expect(await since(place)).toMatchObject({ rows: [{ message: 'new' }], gap: true })
  })

  it('says that there is a gap when it was cut off', async () => {
    await add(line('a long line that goes'))
    const { place } = await newest()
    await writeFile(fileOf('order-service'), line('new', 1))

    expect(await since(place)).toMatchObject({ rows: [{ message: 'new' }], gap: true })
  })

  it('says that there is a gap when more came than is read at once, and reads the newest of it', async () => {
    const { place } = await newest()
    const text = line('much of it '.repeat(1_000), 1)
    await add(text.repeat(Math.ceil(MAX_NEWS_BYTES / text.length) + 10) + line('last', 2))

    const news = await since(place)

    expect({ last: news.rows.at(-1)?.message, gap: news.gap }).toEqual({ last: 'last', gap: true })
    expect(newestOf({ ...news, gap: false }, 2)).toMatchObject({ rows: [{}, { message: 'last' }], gap: true })
  })

  it('between two places is exactly what lies between them', async () => {
    const begin = await newest()
    await add(line('one', 1))
    const middle = await since(begin.place)
    await add(line('two', 2))

    const between = await logs.since(undefined, { since: begin.place, until: middle.place }, {}, OPERATOR)

    expect({ ...between, rows: messages(between) }).toEqual({
      ...{ rows: ['one'], lines: 1, place: middle.place, gap: false },
    })
    const passed = await since(begin.place)
    // A place that was passed already takes nothing back.
    expect(await logs.since(undefined, { since: passed.place, until: middle.place }, {}, OPERATOR)).toMatchObject({
      rows: [],
      place: passed.place,
    })
  })
})

describe('the tail of a log', () => {
  const rows = (count: number, second = 1) =>
    Array.from({ length: count }, (_, at) => ({
      ...{ service: 's', id: `${second}-${at}`, level: 'info' as const, message: `${second}-${at}`, error: null },
      ...{ keys: [], events: [], facts: [], stack: null, time: `2026-11-27T10:00:${10 + second}.000Z` },
    }))

  it('shows an even share of too many lines, and of how many', () => {
    const many = { rows: rows(ROWS_PER_LOOK * 3), lines: 1_000, place: 'b', gap: false }
    const frame = frameOf(many, 'a')

    expect(frame).toMatchObject({ lines: 1_000, matched: ROWS_PER_LOOK * 3, oneIn: 3, since: 'a', place: 'b' })
    expect(frame.rows.map(({ id }) => id).slice(0, 3)).toEqual(['1-0', '1-3', '1-6'])
    expect(frameOf({ ...many, rows: rows(ROWS_PER_LOOK) }, 'a').oneIn).toBe(1)
  })

  it('keeps the newest, the newest first, and counts all and the gaps', () => {
    const frame = { lines: 3_000, matched: LOG_TAIL_ROWS, oneIn: 1, place: 'b', gap: true }
    const tail = addLogFrame(logTailFrom(rows(5, 1), 'a'), { ...frame, rows: rows(LOG_TAIL_ROWS, 2) })

    expect(tail).toMatchObject({ lines: 3_000, matched: LOG_TAIL_ROWS, place: 'b', gaps: 1 })
    expect(tail.rows).toHaveLength(LOG_TAIL_ROWS)
    expect(tail.rows.some(({ id }) => id.startsWith('1-'))).toBe(false)
    // A service that is late brings older lines.
    expect(addLogFrame(tail, { ...frame, rows: rows(1, 0) }).rows[0]?.id).toMatch(/^2-/)
  })
})
