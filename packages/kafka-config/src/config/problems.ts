import { mask } from '@stocker/properties'
import type { ConfigProblem, KafkaConfigErrorCode } from '../errors.ts'
import { KafkaConfigError } from '../errors.ts'

/** A value and the place where it was set. */
export interface Assignment {
  /** The whole key, `spring.kafka.` included. */
  readonly key: string
  readonly text: string
  readonly origin: string
}

/** Collects what is wrong; the same fault seen by several clients counts once. */
export interface Problems {
  /** `what` goes on after `key=value (origin) `. */
  add(code: KafkaConfigErrorCode, at: Assignment, what: string, nearest?: string): void
  /** A key that is not there. */
  missing(key: string, what: string): void
  /** @throws KafkaConfigError INVALID_CONFIGURATION, when there is any */
  throwIfAny(): void
}

export function createProblems(): Problems {
  const found = new Map<string, ConfigProblem>()
  return {
    add(code, { key, text, origin }, what, nearest) {
      const value = mask(key, text)
      const message = `${key}=${value} (${origin}) ${what}${what.endsWith('?') ? '' : '.'}`
      found.set(message, { code, key, message, origin, value, ...(nearest !== undefined && { nearest }) })
    },
    missing(key, what) {
      const message = `${key} is not set: ${what}.`
      found.set(message, { code: 'MISSING_VALUE', key, message })
    },
    throwIfAny() {
      const problems = [...found.values()]
      if (problems.length === 0) return
      const title =
        problems.length === 1 ? 'Kafka cannot be configured' : `${problems.length} problems in spring.kafka.*`
      const lines = problems.map((problem) => `  ${problem.message}`).join('\n')
      throw new KafkaConfigError('INVALID_CONFIGURATION', `${title}:\n${lines}`, { problems })
    },
  }
}
