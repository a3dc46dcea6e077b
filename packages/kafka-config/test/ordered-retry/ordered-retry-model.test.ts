import type { ListenerRecord } from '@stocker/kafka-config'
import { BatchListenerFailedError, RecordsFailedError } from '@stocker/kafka-config'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/client/logger.ts'
import { DefaultErrorHandler } from '../../src/error-handling/default-error-handler.ts'
import { recordMaker } from '../../src/listener/fetched-record.ts'
import { partitionName } from '../../src/listener/listener-types.ts'
import type { NextOffset } from '../../src/listener/offset-committer.ts'
import type { ListenerFailure, RetryHost } from '../../src/listener/retry-strategy.ts'
import type { SessionService } from '../../src/listener/session-service.ts'
import { OrderedRetry } from '../../src/ordered-retry/ordered-retry.ts'
import { createStringDeserializer } from '../../src/serialization/string.ts'

/**
 * Ordered retry against every way in which a listener may answer, and crashes in between. Its surroundings are played here: a log of records that is
 * read from the committed offset, commits that arrive at once. That they do as the broker does is what the tests with a broker are for.
 */
const ANSWERS = [
  'handles all',
  'names the failed',
  'throws at one',
  'throws without a word',
  'meets an absence',
  'meets a lock',
  'takes too long',
] as const
type Answer = (typeof ANSWERS)[number]

interface Step {
  readonly answer: Answer
  /** Which records fail, by their place in the batch. */
  readonly fails: readonly boolean[]
  /** The process dies before this batch, or before what it said is seen to. */
  readonly crash: 'no' | 'before the batch' | 'before its end'
  /** An operator does not want to wait for this key. */
  readonly hurries: string
}

const gone = new Error('the database is away')
const locked = new Error('somebody holds a lock')
const late = new Error('it takes too long')
const DOUBTS: Partial<Record<Answer, Error>> = { 'meets a lock': locked, 'takes too long': late }
const TOPIC = 'orders'
const deserializer = createStringDeserializer()

function recordAt(partition: number, offset: number, key: string | null): ListenerRecord {
  const data = Buffer.from(`${key ?? ''}${offset}`)
  const keyEnd = key === null ? -1 : key.length
  return recordMaker(TOPIC, partition, deserializer)(
    BigInt(offset),
    0n,
    'CreateTime',
    data,
    key === null ? -1 : 0,
    keyEnd,
    Math.max(keyEnd, 0),
    data.length,
    [],
  )
}

/** The records of two partitions, read in turn from what was committed last. */
class Log {
  readonly records: readonly ListenerRecord[]
  readonly committed = new Map<string, NextOffset>()

  constructor(keys: readonly (string | null)[]) {
    const next = [0, 0]
    this.records = keys.map((key, index) => recordAt(index % 2, (next[index % 2] as number)++, key))
  }

  /** A session that begins at the commits. */
  session(): SessionService {
    const start = (partition: number) =>
      this.committed.get(`${TOPIC}-${partition}`) ?? { topic: TOPIC, partition, offset: 0n }
    const left = [0, 1].map((partition) =>
      this.records.filter((record) => record.partition === partition && record.offset >= start(partition).offset),
    )
    const recoveries: Promise<void>[] = []
    const session = {
      over: false,
      cancel: new AbortController(),
      committer: {
        request: (offsets: readonly NextOffset[]) => {
          for (const offset of offsets) this.committed.set(partitionName(offset), { ...offset })
        },
      },
      take: (limit: number) => {
        const first = (left[0] as ListenerRecord[]).splice(0, limit)
        return [...first, ...(left[1] as ListenerRecord[]).splice(0, limit - first.length)]
      },
      startOf: ({ partition }: { partition: number }) => start(partition),
      hold: () => {},
      release: () => {},
      wake: () => {},
      recovering: (recovery: Promise<void>) => recoveries.push(recovery),
    }
    return session as unknown as SessionService
  }
}

interface Story {
  readonly keys: readonly (string | null)[]
  readonly steps: readonly Step[]
}

const story: fc.Arbitrary<Story> = fc.record({
  keys: fc.array(fc.constantFrom('a', 'b', 'c', 'd', null), { minLength: 1, maxLength: 40 }),
  steps: fc.array(
    fc.record({
      answer: fc.constantFrom(...ANSWERS),
      fails: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      crash: fc.constantFrom('no', 'no', 'no', 'before the batch', 'before its end'),
      hurries: fc.constantFrom('a', 'b', 'c', 'd'),
    }),
    { maxLength: 40 },
  ),
})

/** What a listener of this answer does with the batch; `handle` has an effect. */
function call(
  records: readonly ListenerRecord[],
  { answer, fails }: Step,
  handle: (record: ListenerRecord) => void,
): ListenerFailure | undefined {
  const failing = records.filter((_, index) => fails[index % fails.length])
  const first = failing[0]
  if (answer === 'handles all' || first === undefined) {
    for (const record of records) handle(record)
    return undefined
  }
  // Of one record the container knows which one failed, whatever is thrown.
  if (answer === 'throws without a word') return { error: new Error('something') }
  if (answer === 'meets an absence') return { error: gone }
  if (answer === 'throws at one') {
    for (const record of records.slice(0, records.indexOf(first))) handle(record)
    return { error: new BatchListenerFailedError(first, { cause: new Error('this one') }) }
  }
  const failed = new Set<string>()
  const held: ListenerRecord[] = []
  const failures: { record: ListenerRecord; error: Error }[] = []
  for (const record of records) {
    const lane = `${record.partition}/${record.key}`
    if (record.key !== null && failed.has(lane)) held.push(record)
    else if (failing.includes(record)) {
      const own = record.offset % 3n === 0n ? gone : new Error('this one')
      failures.push({ record, error: DOUBTS[answer] ?? own })
      failed.add(lane)
    } else handle(record)
  }
  return { error: new RecordsFailedError(failures, held) }
}

async function play({ keys, steps }: Story, recovers: boolean) {
  const log = new Log(keys)
  const effects: ListenerRecord[] = []
  const recovered: ListenerRecord[] = []
  const host: RetryHost = {
    mayHandOut: () => true,
    isPaused: () => false,
    isAway: (error) =>
      error === gone || (error instanceof RecordsFailedError && error.failures.some((each) => each.error === gone)),
    doubtOf: (error) => (error === locked ? 'waits' : error === late ? 'suspects' : undefined),
    progressed: () => {},
    blockedChanged: () => {},
  }
  const begin = () => {
    const errorHandler = new DefaultErrorHandler(
      'orders-group',
      {
        backOff: { initialMs: 0, maxMs: 0 },
        ...(recovers && {
          backOff: { initialMs: 0, maxMs: 0, maxRetries: 1 },
          recoverer: { recover: async (record) => void recovered.push(record) },
        }),
      },
      silentLogger,
      'record',
    )
    return {
      serving: log.session(),
      strategy: new OrderedRetry({
        groupId: 'orders-group',
        maxPollRecords: 6,
        bounds: { maxParkedRecords: 1000, maxDistance: 1000 },
        deserializer,
        errorHandler,
        host,
        logger: silentLogger,
      }),
    }
  }
  let process = begin()
  const calm: Step = { answer: 'handles all', fails: [false], crash: 'no', hurries: 'a' }
  for (let step = 0, idle = 0; idle < 4; step++) {
    const what = steps[step] ?? calm
    if (what.crash === 'before the batch') process = begin()
    const batch = process.strategy.next(process.serving)
    idle = batch ? 0 : idle + 1
    if (batch) {
      // Who dies here has had the effects and tells nobody: those are repeated. Exactly once is for the others.
      if (what.crash === 'before its end') process = begin()
      else {
        process.strategy.retryNow(what.hurries, undefined)
        batch.settle(call(batch.records, what, (record) => effects.push(record)))
        process.strategy.retryNow(what.hurries, TOPIC)
      }
    }
    await new Promise(setImmediate)
  }
  return { log, effects, recovered }
}

const places = (records: readonly ListenerRecord[]) => records.map(({ partition, offset }) => `${partition}@${offset}`)

describe('whatever a listener answers, and whenever its process dies', () => {
  it('each record is handled exactly once, those of a key in their order, and in the end all is committed', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (told) => {
        const { log, effects } = await play(told, false)
        expect(places(effects).sort()).toEqual(places(log.records).sort())
        for (const [lane, ofLane] of Map.groupBy(effects, ({ partition, key }) => `${partition}/${key}`)) {
          if (lane.endsWith('/null')) continue
          expect(ofLane.map(({ offset }) => offset)).toEqual(
            ofLane.map(({ offset }) => offset).sort((a, b) => Number(a - b)),
          )
        }
        for (const partition of [0, 1]) {
          const count = log.records.filter((record) => record.partition === partition).length
          if (count > 0) expect(log.committed.get(`${TOPIC}-${partition}`)?.offset).toBe(BigInt(count))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('each record is handled or recovered, and none handled twice', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (told) => {
        const { log, effects, recovered } = await play(told, true)
        const ended = places([...effects, ...recovered])
        expect([...new Set(ended)].sort()).toEqual(places(log.records).sort())
        expect(new Set(places(effects)).size).toBe(effects.length)
      }),
      { numRuns: 300 },
    )
  })
})
