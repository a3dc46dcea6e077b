import type { ErrorKind } from '../error-handling/exception-classifier.ts'
import { isOfKind } from '../error-handling/exception-classifier.ts'
import type { RetryTopicPlan } from './retry-topic-options.ts'

export interface RetryTopic {
  readonly name: string
  readonly delayMs: number
}

interface RoutedDeadLetters {
  readonly name: string
  readonly kinds: readonly ErrorKind[]
}

export type NamingPlan = Pick<
  RetryTopicPlan,
  'delaysMs' | 'retryTopicSuffix' | 'dltSuffix' | 'topicSuffixing' | 'sameIntervalReuse' | 'dltStrategy' | 'dltRouting'
>

/** The topics through which a failed record of one topic goes, by the names of Spring's DestinationTopicPropertiesFactory. */
export class DestinationChain {
  readonly mainTopic: string
  readonly retryTopics: readonly RetryTopic[]
  /** undefined: there are none. */
  readonly deadLetterTopic: string | undefined
  readonly #routed: readonly RoutedDeadLetters[]
  /** Whether several attempts take place in the last retry topic. */
  readonly #lastIsReused: boolean

  constructor(mainTopic: string, plan: NamingPlan) {
    this.mainTopic = mainTopic
    this.retryTopics = retryTopics(mainTopic, plan)
    this.#lastIsReused = this.retryTopics.length < plan.delaysMs.length
    const dead = plan.dltStrategy !== 'no-dlt'
    this.deadLetterTopic = dead ? `${mainTopic}${plan.dltSuffix}` : undefined
    this.#routed = Object.entries(dead ? plan.dltRouting : {}).map(([suffix, kinds]) => ({
      name: `${mainTopic}${suffix}${plan.dltSuffix}`,
      kinds,
    }))
  }

  get deadLetterTopics(): readonly string[] {
    const general = this.deadLetterTopic
    return [...this.#routed.map(({ name }) => name), ...(general === undefined ? [] : [general])]
  }

  /** All but the main one. */
  get topics(): readonly string[] {
    return [...this.retryTopics.map(({ name }) => name), ...this.deadLetterTopics]
  }

  /** Where a record of that topic is retried next; undefined when the chain is at its end. */
  after(topic: string): RetryTopic | undefined {
    const at = this.retryTopics.findIndex(({ name }) => name === topic)
    const isLast = at === this.retryTopics.length - 1
    return at >= 0 && isLast && this.#lastIsReused ? this.retryTopics[at] : this.retryTopics[at + 1]
  }

  deadLetterTopicFor(error: unknown): string | undefined {
    return this.#routed.find(({ kinds }) => isOfKind(error, kinds))?.name ?? this.deadLetterTopic
  }
}

function retryTopics(mainTopic: string, plan: NamingPlan): readonly RetryTopic[] {
  const { delaysMs, retryTopicSuffix, topicSuffixing, sameIntervalReuse } = plan
  const single = sameIntervalReuse === 'single'
  const last = delaysMs.at(-1)
  const repeatsAtEnd = delaysMs.length - 1 - delaysMs.findLastIndex((delay) => delay !== last)
  const count = delaysMs.length - (single && delaysMs.length > 1 ? repeatsAtEnd - 1 : 0)
  const byIndex = topicSuffixing === 'index' || (delaysMs.length > 1 && delaysMs.every((delay) => delay === last))
  return delaysMs.slice(0, count).map((delayMs, index) => {
    const name = `${mainTopic}${retryTopicSuffix}`
    if (single && count === 1) return { name, delayMs }
    if (byIndex) return { name: `${name}-${index}`, delayMs }
    const first = delaysMs.indexOf(delayMs)
    const repeated = !single && delaysMs.lastIndexOf(delayMs) !== first
    return { name: `${name}-${delayMs}${repeated ? `-${index - first}` : ''}`, delayMs }
  })
}
