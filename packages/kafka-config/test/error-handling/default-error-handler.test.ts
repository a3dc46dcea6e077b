import type { ErrorHandlerOptions, ListenerRecord, Recoverer } from '@stocker/kafka-config'
import { BatchListenerFailedError, fixedBackOff } from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/client/logger.ts'
import { DefaultErrorHandler } from '../../src/error-handling/default-error-handler.ts'
import { range, recordingLogger } from '../support.ts'

class Away extends Error {}
class Refused extends Error {}

const recoverer: Recoverer = { recover: async () => undefined }
const failing: Recoverer = { recover: () => Promise.reject(new Error('no such topic')) }
const signal = new AbortController().signal

const handler = (options: ErrorHandlerOptions) => new DefaultErrorHandler('orders-group', options, silentLogger)

function record(offset: number, partition = 0): ListenerRecord {
  return {
    topic: 'orders',
    partition,
    offset: BigInt(offset),
    timestamp: 0n,
    timestampType: 'CreateTime',
    key: null,
    headers: [],
    raw: { key: null, value: null, headers: [] },
    value: null,
    typeId: undefined,
  }
}

const failures = (errorHandler: DefaultErrorHandler, times: number, error: unknown = new Away(), at = record(7)) =>
  range(times).map(() => errorHandler.failed(at, error))

describe('a record that fails', () => {
  it('without a recoverer is retried for ever', () => {
    const verdicts = failures(handler({ backOff: { initialMs: 10, maxMs: 100 } }), 200)
    expect(verdicts.at(-1)).toEqual({ kind: 'retry', attempt: 200, delayMs: 100 })
  })

  it('with a recoverer is delivered ten times, as in Spring', () => {
    expect(failures(handler({ recoverer }), 10).map(({ kind }) => kind)).toEqual([
      ...range(9).map(() => 'retry'),
      'recover',
    ])
  })

  it('for a reason that no retry can mend is recovered at once', () => {
    expect(handler({ recoverer }).failed(record(7), new TypeError('no function'))).toEqual({
      kind: 'recover',
      attempt: 1,
      fatal: true,
    })
  })

  it('is judged by what a BatchListenerFailedError wraps', () => {
    const error = new BatchListenerFailedError(3, { cause: new TypeError('no function') })
    expect(handler({ recoverer }).failed(record(7), error)).toMatchObject({ kind: 'recover', fatal: true })
  })

  it('has the back-off of the function, and where that says null the general one', () => {
    const errorHandler = handler({
      recoverer,
      backOff: fixedBackOff(50, 1),
      backOffFunction: (_record, error) => (error instanceof Refused ? fixedBackOff(5, 3) : null),
    })
    expect(failures(errorHandler, 2)).toMatchObject([{ delayMs: 50 }, { kind: 'recover' }])
    expect(failures(errorHandler, 4, new Refused(), record(8))).toMatchObject([
      { delayMs: 5 },
      { delayMs: 5 },
      { delayMs: 5 },
      { kind: 'recover' },
    ])
  })

  it('has the general back-off where the function gives none that is possible, or throws', () => {
    const logger = recordingLogger()
    const backOffFunction = (_record: ListenerRecord, error: unknown) => {
      if (error instanceof Refused) throw new Error('broken')
      return { initialMs: -5 }
    }
    const errorHandler = new DefaultErrorHandler('orders-group', { backOff: { initialMs: 7 }, backOffFunction }, logger)
    expect(errorHandler.failed(record(7), new Refused())).toMatchObject({ delayMs: 7 })
    expect(errorHandler.failed(record(8), new Away())).toMatchObject({ delayMs: 7 })
    expect(logger.lines.map(({ level }) => level)).toEqual(['error', 'error'])
  })

  it('begins anew at another offset', () => {
    const errorHandler = handler({ recoverer, backOff: fixedBackOff(0, 2) })
    failures(errorHandler, 2)
    expect(errorHandler.attemptOf(record(7))).toBe(3)
    expect(errorHandler.failed(record(8), new Away())).toMatchObject({ kind: 'retry', attempt: 1 })
  })

  it('begins anew with another kind of error, unless resetStateOnExceptionChange is false', () => {
    const mixed = (errorHandler: DefaultErrorHandler) =>
      [new Away(), new Away(), new Refused(), new Refused()].map((error) => errorHandler.failed(record(7), error))
    expect(mixed(handler({ recoverer })).map(({ attempt }) => attempt)).toEqual([1, 2, 1, 2])
    expect(mixed(handler({ recoverer, resetStateOnExceptionChange: false })).map(({ attempt }) => attempt)).toEqual([
      1, 2, 3, 4,
    ])
  })

  it('does not begin anew when the error before was of a class below', () => {
    class StillAway extends Away {}
    const errorHandler = handler({ recoverer })
    const attempts = [new StillAway(), new Away()].map((error) => errorHandler.failed(record(7), error).attempt)
    expect(attempts).toEqual([1, 2])
  })

  it('begins anew with another code of the same class', () => {
    const errorHandler = handler({ recoverer })
    const coded = (code: string) => Object.assign(new Error(code), { code })
    const attempts = [coded('A'), coded('A'), coded('B')].map((error) => errorHandler.failed(record(7), error).attempt)
    expect(attempts).toEqual([1, 2, 1])
  })

  it('keeps its count while other partitions succeed', () => {
    const errorHandler = handler({ recoverer, backOff: fixedBackOff(0, 2) })
    failures(errorHandler, 2)
    errorHandler.forget({ topic: 'orders', partition: 1, offset: 7n })
    expect(errorHandler.failed(record(7), new Away())).toMatchObject({ kind: 'recover', attempt: 3 })
  })
})

describe('a recovery', () => {
  const verdict = { attempt: 3, fatal: false }

  it('that fails brings the record again, and through the whole back-off again', async () => {
    const errorHandler = handler({ recoverer: failing, backOff: fixedBackOff(0, 1) })
    failures(errorHandler, 2)
    expect(await errorHandler.recover(record(7), new Away(), verdict, signal)).toBe(500)
    expect(errorHandler.failed(record(7), new Away())).toMatchObject({ kind: 'retry', attempt: 1 })
  })

  it('that fails is tried at the next failure with resetStateOnRecoveryFailure=false', async () => {
    const errorHandler = handler({
      recoverer: failing,
      backOff: fixedBackOff(0, 1),
      resetStateOnRecoveryFailure: false,
    })
    failures(errorHandler, 2)
    await errorHandler.recover(record(7), new Away(), verdict, signal)
    expect(errorHandler.failed(record(7), new Away())).toMatchObject({ kind: 'recover', attempt: 3 })
  })

  it('that fails again and again is tried ever more rarely', async () => {
    const errorHandler = handler({ recoverer: failing })
    const waits: unknown[] = []
    for (const _ of range(8)) waits.push(await errorHandler.recover(record(7), new Away(), verdict, signal))
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
  })

  it('is told to the retry listeners, with what failed', async () => {
    const told: unknown[] = []
    const listener = {
      failedDelivery: (at: ListenerRecord, error: unknown, attempt: number, retryInMs: number | undefined) =>
        told.push(['failed', at.offset, error, attempt, retryInMs]),
      recovered: (at: ListenerRecord, error: unknown, attempt: number) =>
        told.push(['recovered', at.offset, error, attempt]),
      recoveryFailed: (at: ListenerRecord, error: unknown, failure: unknown) =>
        told.push(['recoveryFailed', at.offset, error, (failure as Error).message]),
    }
    const error = new Away()
    handler({ recoverer, retryListeners: [listener] }).failed(
      record(7),
      new BatchListenerFailedError(0, { cause: error }),
    )
    await handler({ recoverer, retryListeners: [listener] }).recover(record(7), error, verdict, signal)
    await handler({ recoverer: failing, retryListeners: [listener] }).recover(record(8), error, verdict, signal)
    expect(told).toEqual([
      ['failed', 7n, error, 1, 500],
      ['recovered', 7n, error, 3],
      ['recoveryFailed', 8n, error, 'no such topic'],
    ])
  })

  it('is not disturbed by a retry listener that throws', async () => {
    const logger = recordingLogger()
    const broken = {
      recovered: () => {
        throw new Error('broken')
      },
    }
    const errorHandler = new DefaultErrorHandler('orders-group', { recoverer, retryListeners: [broken] }, logger)
    expect(await errorHandler.recover(record(7), new Away(), verdict, signal)).toBeUndefined()
    expect(logger.lines.map(({ message }) => message)).toContain('a retry listener threw: broken')
  })
})

it('a back-off that ends is refused where there is no recoverer: the record would have nowhere to go', () => {
  expect(() => handler({ backOff: fixedBackOff(100, 3) })).toThrow('needs a recoverer')
})
