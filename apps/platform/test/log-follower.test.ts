import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import type { PlatformEvent } from '../src/events.ts'
import { followLogs, SHOWN_PER_SECOND } from '../src/log-follower.ts'
import { countEvents, lineKind, readProblem, readSteps } from '../src/log-line.ts'
import { LogTail } from '../src/log-tail.ts'

let directory: string
let file: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stocker-logs-'))
  file = join(directory, 'order-service.ndjson')
  writeFileSync(file, '')
})
afterEach(() => rmSync(directory, { recursive: true }))

const published = (keys: readonly string[], topic = 'order-events'): string =>
  `${JSON.stringify({
    level: 'info',
    time: '2026-01-31T12:00:00.000Z',
    service: 'order-service',
    topic,
    events: keys.map((key, at) => [key, 'OrderCreatedEvent', `3@${118 + at}`]),
    msg: 'published',
  })}\n`

describe('a log that grows', () => {
  const reader = () => {
    const tail = new LogTail(file, 0)
    return () => {
      const lines: string[] = []
      tail.read((line) => lines.push(line.toString('utf8')))
      return lines
    }
  }

  test('gives each line once, and a line in pieces when it is whole', () => {
    const read = reader()
    appendFileSync(file, 'one\ntwo\nth')
    expect(read()).toEqual(['one', 'two'])
    appendFileSync(file, 'r')
    expect(read()).toEqual([])
    appendFileSync(file, 'ee\n')
    expect(read()).toEqual(['three'])
    expect(read()).toEqual([])
  })

  test('gives lines longer than one read', () => {
    const read = reader()
    const long = 'x'.repeat(700_000)
    appendFileSync(file, `${long}\nshort\n`)
    expect(read()).toEqual([long, 'short'])
  })

  test('is followed to the next file when it is moved away, and from the start when it is cut off', () => {
    const read = reader()
    appendFileSync(file, 'one\n')
    read()
    appendFileSync(file, 'two\n')
    renameSync(file, `${file}.1`)
    writeFileSync(file, 'three\n')
    expect(read()).toEqual(['two', 'three'])
    truncateSync(file)
    expect(read()).toEqual([])
    appendFileSync(file, '4\n')
    expect(read()).toEqual(['4'])
  })
})

describe('a log line', () => {
  test('of a publication gives one step per event', () => {
    const line = Buffer.from(published(['a', 'b']).trim())
    expect(lineKind(line)).toBe('published')
    expect(countEvents(line)).toBe(2)
    expect(readSteps(line, 'order-service')[1]).toEqual({
      event: 'step',
      at: '2026-01-31T12:00:00.000Z',
      service: 'order-service',
      key: 'b',
      type: 'OrderCreatedEvent',
      topic: 'order-events',
      partition: 3,
      offset: '119',
    })
  })

  test('of level warn or above is a problem with its cause', () => {
    const line = Buffer.from(
      '{"level":"error","time":"2026-01-31T12:00:00.000Z","err":{"message":"no route"},"msg":"gateway away"}',
    )
    expect(lineKind(line)).toBe('problem')
    expect(readProblem(line, 'payment-service')).toMatchObject({ level: 'error', message: 'gateway away: no route' })
  })

  test.each(['', 'Error: no JSON', '{"level":"info","msg":"listening"}', '{"msg":"published"}', '{"level":"warn'])(
    'of anything else (%s) does no harm',
    (text) => {
      const line = Buffer.from(text)
      expect(lineKind(line)).not.toBe('published')
      expect(readSteps(line, 'x')).toEqual([])
    },
  )
})

describe('what a terminal shows of the logs', () => {
  test('a problem that is repeated: once', async () => {
    const events: PlatformEvent[] = []
    const follower = followLogs({
      logs: directory,
      services: ['order-service'],
      quietTopics: [],
      emit: (event) => events.push(event),
    })
    const waiting = '{"level":"warn","time":"2026-01-31T12:00:00.000Z","msg":"waiting for the broker"}\n'
    appendFileSync(file, waiting.repeat(3) + waiting.replace('broker', 'database'))
    follower.stop()

    expect(events.map((event) => (event.event === 'problem' ? event.message : event))).toEqual([
      'waiting for the broker',
      'waiting for the database',
      { event: 'omitted', count: 2 },
    ])
  })

  test('under a burst: a screenful per second, and how many more there were', async () => {
    const events: PlatformEvent[] = []
    const follower = followLogs({
      logs: directory,
      services: ['order-service'],
      quietTopics: ['catalog-events'],
      emit: (event) => events.push(event),
    })
    appendFileSync(file, published(['first']) + published(['quiet'], 'catalog-events'))
    await waitFor(() => events.length > 0, { what: 'the first step' })
    for (let line = 0; line < 100; line += 1)
      appendFileSync(file, published(Array.from({ length: 10 }, (_, at) => `${line}-${at}`)))
    await waitFor(() => events.some(({ event }) => event === 'omitted'), { what: 'the count of what was left out' })
    follower.stop()

    const steps = events.filter((event) => event.event === 'step')
    const omitted = events.reduce((sum, event) => sum + (event.event === 'omitted' ? event.count : 0), 0)
    expect(steps[0]).toMatchObject({ key: 'first' })
    expect(steps.map(({ key }) => key)).not.toContain('quiet')
    expect(steps.length).toBeLessThanOrEqual(3 * SHOWN_PER_SECOND)
    expect(steps.length + omitted).toBe(1 + 1_000)
  })
})
