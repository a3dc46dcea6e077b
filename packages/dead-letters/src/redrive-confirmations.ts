import type { KafkaConfig, ListenerContainer, Logger, RedriveResult } from '@stocker/kafka-config'
import { decodeRedriveResult, KafkaConsumerConfig, REDRIVE_RESULTS_TOPIC } from '@stocker/kafka-config'
import type { Pool } from 'pg'
import { itemsHandled } from './redrive-outcomes.ts'
import { inTransaction } from './transaction.ts'

export interface RedriveConfirmationsOptions {
  readonly kafka: KafkaConfig
  readonly pool: Pool
  readonly logger: Logger
  /** Consumer group. Default: spring.kafka.consumer.group-id. */
  readonly groupId?: string
  /** Default `redrive-results`. */
  readonly topic?: string
  /** Told after confirmations were stored, before their offsets are committed: the next ones of their keys may go out. */
  readonly onConfirmed?: () => void
}

/** What the listeners say that they have handled → store. A record that is no confirmation is passed over. */
export function createRedriveConfirmations(options: RedriveConfirmationsOptions): ListenerContainer {
  const { kafka, pool, logger, groupId, topic = REDRIVE_RESULTS_TOPIC, onConfirmed } = options
  return new KafkaConsumerConfig(kafka).createListenerContainer({
    topics: [topic],
    logger,
    retryTopics: false,
    ...(groupId !== undefined && { groupId }),
    listener: async (records) => {
      const confirmations = records.flatMap(({ raw }) => confirmationIn(raw.value) ?? [])
      const handled = await inTransaction(pool, (sql) => itemsHandled(sql, confirmations))
      if (handled > 0) onConfirmed?.()
    },
  })
}

const ID = /^\d{1,18}$/
const MAX_ATTEMPT = 2_147_483_647

function confirmationIn(value: Buffer | null): RedriveResult | undefined {
  try {
    const result = decodeRedriveResult(JSON.parse(value?.toString('utf8') ?? 'null'))
    return result && ID.test(result.deadLetterId) && result.attempt <= MAX_ATTEMPT ? result : undefined
  } catch {
    return undefined
  }
}
