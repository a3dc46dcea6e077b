import type { InboxMessage, InboxReport } from '@stocker/cqrs'
import type { ListenerRecord } from '@stocker/kafka-config'
import type { ProcessOutcome } from './span-names.ts'
import { outcomeAttributes, processSpan } from './span-names.ts'
import type { TracedSpan, Tracing } from './tracing.ts'

/** The messages of a batch, each that belongs to a recorded trace with a span of its own. */
export interface TracedBatch {
  /** What they cause belongs to their spans. In the order in which they came. */
  readonly records: ReadonlyMap<InboxMessage, ListenerRecord>
  handled(report: InboxReport): void
  /** None of them was handled. */
  failed(errorType: string, message: string): void
}

export function traceBatch(
  tracing: Tracing,
  records: ReadonlyMap<InboxMessage, ListenerRecord>,
  consumerGroup: string,
  startMs: number,
): TracedBatch {
  const spans = new Map<InboxMessage, TracedSpan>()
  const traced = new Map<InboxMessage, ListenerRecord>()
  for (const [message, record] of records) {
    const { traceparent: parent } = message
    const span =
      parent === undefined
        ? undefined
        : tracing.begin({ ...processSpan(message, consumerGroup), parent, linked: true, startMs })
    const own = span === undefined ? message : { ...message, traceparent: span.traceparent }
    if (span !== undefined) spans.set(own, span)
    traced.set(own, record)
  }
  return {
    records: traced,
    handled({ duplicates, failed, held }) {
      if (spans.size === 0) return
      const end = (message: InboxMessage, outcome: ProcessOutcome): void => {
        spans.get(message)?.end({ attributes: outcomeAttributes(outcome) })
        spans.delete(message)
      }
      for (const { message, error } of failed) {
        const attributes = outcomeAttributes('failed')
        spans.get(message)?.end({ attributes, errorType: error.code, message: error.message })
        spans.delete(message)
      }
      for (const message of held) end(message, 'held')
      for (const message of duplicates) end(message, 'duplicate')
      for (const message of spans.keys()) end(message, 'handled')
    },
    failed(errorType, message) {
      for (const span of spans.values()) span.end({ attributes: outcomeAttributes('failed'), errorType, message })
      spans.clear()
    },
  }
}
