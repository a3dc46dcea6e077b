import type { ExpectedStep, Timeline } from '../timeline.ts'
import { clockOn, span } from '../words.ts'
import type { GroupHealth, PlatformHealth, ServiceHealth } from './platform-health.ts'
import type { Waiting, WaitingCode } from './waiting.ts'

/** What a rule looks at. */
export interface Facts {
  readonly timeline: Timeline
  readonly health: PlatformHealth
  readonly now: number
  /** What has begun and is not done, the oldest first. */
  readonly open: readonly ExpectedStep[]
  readonly deadlines: readonly ExpectedStep[]
  /** The order is at one of its ends. */
  readonly settled: boolean
}

export type Finding = Omit<Waiting, 'code' | 'customer'>

export interface Rule {
  readonly code: WaitingCode
  /** undefined: it does not apply. */
  readonly find: (facts: Facts) => Finding | undefined
}

/** What has begun for less than this is on its way. Milliseconds. */
export const PATIENCE_MS = 5_000

export const NOTHING = {
  todo: null,
  service: null,
  since: null,
  nextAt: null,
  deadLetter: null,
  runbook: null,
} as const

export const serviceOf = ({ health }: Facts, name: string): ServiceHealth | undefined => health.services[name]
export const groupOf = (facts: Facts, name: string): GroupHealth | undefined =>
  facts.health.groups[serviceOf(facts, name)?.consumerGroup ?? '']

export const ageOf = (facts: Facts, since: string | null): number =>
  since === null ? 0 : facts.now - Date.parse(since)
export const sinceWords = (facts: Facts, since: string | null): string =>
  since === null ? '' : ` since ${clockOn(since, facts.timeline.asOf)} (${span(ageOf(facts, since))})`
export const nextWords = (facts: Facts, at: string | null): string => {
  if (at === null) return ''
  const ms = Date.parse(at) - facts.now
  return ms <= 0 ? ' It is tried again now.' : ` Next try at ${clockOn(at, facts.timeline.asOf)} (in ${span(ms)}).`
}

const whatFor = ({ kind, title }: ExpectedStep): string =>
  ({
    handling: `has not handled ${title}`,
    publication: `has not published ${title}`,
    call: `has no answer to its call ${title}`,
    deadline: `has not fired the deadline ${title}`,
    event: `has not published ${title}`,
  })[kind]

/** The first sentence about a service that cannot do what is to be done. */
export const cannot = (
  facts: Facts,
  step: ExpectedStep,
  reason: string,
): Pick<Finding, 'level' | 'sentence' | 'service' | 'since' | 'nextAt'> => ({
  level: 'stuck',
  sentence: `${step.service} ${whatFor(step)}${sinceWords(facts, step.since)}: ${reason}`,
  service: step.service,
  since: step.since,
  nextAt: step.dueAt,
})

export const isDown = (facts: Facts, step: ExpectedStep, ...components: readonly string[]): string | undefined => {
  const down = serviceOf(facts, step.service)?.down ?? {}
  return components.map((name) => down[name]).find((detail) => detail !== undefined)
}
