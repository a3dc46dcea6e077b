import { describe, expect, it } from 'vitest'
import { DestinationChain } from '../../src/retry-topics/destination-chain.ts'
import type { RetryTopicOptions } from '../../src/retry-topics/retry-topic-options.ts'
import { retryTopicPlan } from '../../src/retry-topics/retry-topic-options.ts'
import { nextDestination } from '../../src/retry-topics/retry-topic-router.ts'
import { range } from '../support.ts'

class CardDeclined extends Error {}

const sender = { send: () => Promise.reject(new Error('nothing is sent here')) }
const BOOT = { attempts: 4, backOff: { initialMs: 1000, maxMs: 30_000, multiplier: 2 } }

function chainOf(options: Omit<RetryTopicOptions, 'sender'>, settings?: typeof BOOT) {
  const plan = retryTopicPlan({ sender, ...options }, settings)
  return { plan, chain: new DestinationChain('t', plan) }
}

const retries = (options: Omit<RetryTopicOptions, 'sender'>, settings?: typeof BOOT) =>
  chainOf(options, settings).chain.retryTopics.map(({ name, delayMs }) => [name, delayMs])

const exponential = (attempts: number, maxMs?: number) => ({
  attempts,
  backOff: { initialMs: 1000, multiplier: 2, ...(maxMs !== undefined && { maxMs }) },
})

describe('§1.B the names of retry topics', () => {
  it.each([
    ['fixed, 3 attempts, single', {}, [['t-retry', 1000]]],
    [
      'fixed, 3 attempts, multiple',
      { sameIntervalReuse: 'multiple' },
      [
        ['t-retry-0', 1000],
        ['t-retry-1', 1000],
      ],
    ],
    ['fixed, 2 attempts, single', { attempts: 2 }, [['t-retry', 1000]]],
    ['fixed, 2 attempts, multiple', { attempts: 2, sameIntervalReuse: 'multiple' }, [['t-retry-1000', 1000]]],
    [
      'exponential, 4 attempts',
      exponential(4),
      [
        ['t-retry-1000', 1000],
        ['t-retry-2000', 2000],
        ['t-retry-4000', 4000],
      ],
    ],
    [
      'exponential up to 4000, 6 attempts, single',
      exponential(6, 4000),
      [
        ['t-retry-1000', 1000],
        ['t-retry-2000', 2000],
        ['t-retry-4000', 4000],
      ],
    ],
    [
      'exponential up to 4000, 6 attempts, multiple',
      { ...exponential(6, 4000), sameIntervalReuse: 'multiple' },
      [
        ['t-retry-1000', 1000],
        ['t-retry-2000', 2000],
        ['t-retry-4000-0', 4000],
        ['t-retry-4000-1', 4000],
        ['t-retry-4000-2', 4000],
      ],
    ],
    [
      'exponential by index, 4 attempts',
      { ...exponential(4), topicSuffixing: 'index' },
      [
        ['t-retry-0', 1000],
        ['t-retry-1', 2000],
        ['t-retry-2', 4000],
      ],
    ],
    ['one attempt', { attempts: 1 }, []],
    ['a suffix of one’s own', { retryTopicSuffix: '-again' }, [['t-again', 1000]]],
  ] as const)('%s', (_case, options, expected) => {
    expect(retries(options)).toEqual(expected)
  })

  it('are Spring Boot’s with spring.kafka.retry.topic.enabled=true: by index', () => {
    expect(retries({}, BOOT)).toEqual([
      ['t-retry-0', 1000],
      ['t-retry-1', 2000],
      ['t-retry-2', 4000],
    ])
    expect(retries({}, { ...BOOT, backOff: { ...BOOT.backOff, multiplier: 1 } })).toEqual([['t-retry', 1000]])
  })

  it('have delays in whole milliseconds, each made from the one before', () => {
    const { plan } = chainOf({ attempts: 8, backOff: { initialMs: 2000, multiplier: 1.5, maxMs: 30_000 } })
    expect(plan.delaysMs).toEqual([2000, 3000, 4500, 6750, 10_125, 15_187, 22_780])
  })

  it('come with dead letters at <topic>-dlt, or <topic><rule>-dlt for errors of their own, or none', () => {
    const { chain } = chainOf({ dltRouting: { '-declined': [CardDeclined] } })
    expect(chain.deadLetterTopics).toEqual(['t-declined-dlt', 't-dlt'])
    expect(chain.deadLetterTopicFor(new Error('x', { cause: new CardDeclined() }))).toBe('t-declined-dlt')
    expect(chain.deadLetterTopicFor(new Error('x'))).toBe('t-dlt')
    expect(chainOf({ dltStrategy: 'no-dlt' }).chain.deadLetterTopics).toEqual([])
  })
})

describe('§1.B where a failed record goes', () => {
  const header = (attempts: number) => ({ key: 'retry_topic-attempts', value: Buffer.from([0, 0, 0, attempts]) })
  const next = (
    options: Omit<RetryTopicOptions, 'sender'>,
    topic: string,
    {
      attempts,
      error = new Error('x'),
      fatal = false,
      now = 1000,
    }: Partial<Record<'attempts' | 'now', number>> & {
      readonly error?: Error
      readonly fatal?: boolean
    } = {},
  ) => {
    const { chain, plan } = chainOf(options)
    const headers = attempts === undefined ? [] : [header(attempts)]
    return nextDestination(
      chain,
      plan,
      { topic, timestamp: 1000n, raw: { key: null, value: null, headers } },
      { error, fatal, now },
    )
  }

  it('from the main topic through every retry topic to the dead letters', () => {
    const options = exponential(4)
    expect(next(options, 't')).toEqual({ topic: 't-retry-1000', delayMs: 1000 })
    expect(next(options, 't-retry-1000', { attempts: 2 })).toEqual({ topic: 't-retry-2000', delayMs: 2000 })
    expect(next(options, 't-retry-2000', { attempts: 3 })).toEqual({ topic: 't-retry-4000', delayMs: 4000 })
    expect(next(options, 't-retry-4000', { attempts: 4 })).toEqual({ topic: 't-dlt', delayMs: 0 })
  })

  it('stays in a topic that serves several attempts until they are used up', () => {
    const options = { attempts: 5 }
    const ways = range(4).map((index) => next(options, 't-retry', { attempts: index + 2 })?.topic)
    expect(ways).toEqual(['t-retry', 't-retry', 't-retry', 't-dlt'])
  })

  it('to the dead letters at once when no retry can mend it, or its time is over', () => {
    expect(next({}, 't', { fatal: true })).toEqual({ topic: 't-dlt', delayMs: 0 })
    expect(next({ timeoutMs: 500 }, 't', { now: 1500 })?.topic).toBe('t-retry')
    expect(next({ timeoutMs: 500 }, 't', { now: 1501 })?.topic).toBe('t-dlt')
  })

  it('to the dead letters of its kind of error', () => {
    const options = { dltRouting: { '-declined': [CardDeclined] } }
    expect(next(options, 't-retry', { attempts: 3, error: new CardDeclined() })?.topic).toBe('t-declined-dlt')
  })

  it('from the dead letters back to them later, unless it is fatal or the strategy is to give up', () => {
    expect(next(exponential(3), 't-dlt', { attempts: 4 })).toEqual({ topic: 't-dlt', delayMs: 2000 })
    expect(next(exponential(3), 't-dlt', { attempts: 4, fatal: true })).toBeUndefined()
    expect(next({ dltStrategy: 'fail-on-error' }, 't-dlt', { attempts: 4 })).toBeUndefined()
  })

  it('nowhere after its last attempt where there are no dead letters', () => {
    expect(next({ dltStrategy: 'no-dlt' }, 't-retry', { attempts: 3 })).toBeUndefined()
  })
})

describe('a plan of retry topics', () => {
  it.each([
    [{ attempts: 0 }, 'attempts'],
    [{ attempts: 40_000 }, 'attempts'],
    [{ backOff: { initialMs: 90_000_000 } }, 'initialMs'],
    [{ backOff: { multiplier: 0 } }, 'multiplier'],
    [{ backOff: { multiplier: 2, maxMs: 10 } }, 'maxMs'],
  ])('of %o is refused', (options, field) => {
    expect(() => retryTopicPlan({ sender, ...options }, undefined)).toThrow(field)
  })
})
