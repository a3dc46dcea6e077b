import type { Arrivals, DeadLetterFigures } from '@stocker/dead-letters'
import type { MetricDefinition, Metrics } from '@stocker/service-kit'
import type { WatchedService } from '../watched-services.ts'

/** From the store, not from the offsets of the dead-letter topics, which never fall. */
export const DEAD_LETTER_METRICS = {
  dead_letters_open: {
    type: 'gauge',
    help: 'Dead letters that are neither handled nor discarded',
    labels: ['consumergroup'],
  },
  dead_letters_received_total: {
    type: 'counter',
    help: 'Dead letters that came in, and those that were sent again and came back; topic: where they failed first',
    labels: ['consumergroup', 'topic'],
  },
  dead_letter_fingerprint_first_seen_timestamp_seconds: {
    type: 'gauge',
    help: 'When a cause was first seen, of those of the last day; at most 200, the newest',
    labels: ['fingerprint', 'consumergroup'],
  },
} as const satisfies Record<string, MetricDefinition>

const NEW_CAUSE_MS = 24 * 60 * 60_000
const MOST_CAUSES = 200

/** Gauges are read when they are asked for. Returns what counts arrivals. */
export function deadLetterMetrics(
  metrics: Metrics,
  figures: DeadLetterFigures,
  services: readonly WatchedService[],
): (arrivals: readonly Arrivals[]) => void {
  metrics.gauge('dead_letters_open', DEAD_LETTER_METRICS.dead_letters_open, async () => {
    const open = new Map(services.map(({ consumerGroup }) => [consumerGroup, 0]))
    for (const { consumerGroup, count } of await figures.open()) open.set(consumerGroup, count)
    return [...open].map(([consumergroup, value]) => ({ labels: { consumergroup }, value }))
  })
  metrics.gauge(
    'dead_letter_fingerprint_first_seen_timestamp_seconds',
    DEAD_LETTER_METRICS.dead_letter_fingerprint_first_seen_timestamp_seconds,
    async () => {
      const causes = await figures.causesSince(new Date(Date.now() - NEW_CAUSE_MS), MOST_CAUSES)
      return causes.map(({ fingerprint, consumerGroup, firstSeenAt }) => ({
        labels: { fingerprint, consumergroup: consumerGroup },
        value: firstSeenAt.getTime() / 1_000,
      }))
    },
  )
  const received = metrics.ownCounter(
    'dead_letters_received_total',
    DEAD_LETTER_METRICS.dead_letters_received_total,
    // At 0 before the first: an increase from nothing is none.
    services.flatMap(({ consumerGroup, reads }) => reads.map((topic) => ({ consumergroup: consumerGroup, topic }))),
  )
  return (arrivals) => {
    for (const { consumerGroup, topic, count } of arrivals) received({ consumergroup: consumerGroup, topic }, count)
  }
}
