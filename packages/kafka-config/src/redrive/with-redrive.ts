import type { Logger } from '../client/logger.ts'
import { silentLogger } from '../client/logger.ts'
import type { ConsumerSettings } from '../config/settings.ts'
import { KafkaConfigError } from '../errors.ts'
import type { ListenerContainerOptions } from '../listener/container-options.ts'
import { createDeserializer } from '../serialization/create.ts'
import type { TopicDeclaration } from '../topics/topic-declaration.ts'
import { redriveTopicOf } from './redrive-headers.ts'
import { redriveListener, redriveRecoverer, redriveRetryListener } from './redrive-listener.ts'
import { REDRIVE_RESULTS_TOPIC } from './redrive-result.ts'
import type { RedriveOptions } from './redriven-records.ts'
import { RedrivenRecords } from './redriven-records.ts'

export interface RedriveWiring {
  /** Of the whole container, retry topics included: what is retried is confirmed too, once it succeeds. */
  readonly container: ListenerContainerOptions
  /** Of the members that read the main topics: they read the redrive topic as well. */
  members(main: ListenerContainerOptions): ListenerContainerOptions
  readonly topics: readonly TopicDeclaration[]
  readonly logger: Logger
}

/** @throws KafkaConfigError MISSING_VALUE without a group, INVALID_VALUE unless auto-offset-reset=earliest */
export function withRedrive(
  settings: ConsumerSettings,
  options: ListenerContainerOptions,
  redrive: RedriveOptions,
): RedriveWiring {
  const groupId = options.groupId ?? settings.groupId
  if (groupId === undefined) {
    throw new KafkaConfigError(
      'MISSING_VALUE',
      'A listener with redrive needs a group: set spring.kafka.consumer.group-id, or groupId in its options',
    )
  }
  if (settings.autoOffsetReset !== 'earliest') {
    throw new KafkaConfigError(
      'INVALID_VALUE',
      `The listener of group ${groupId} has redrive, so it needs spring.kafka.consumer.auto-offset-reset=earliest: with ${settings.autoOffsetReset} it would miss what is sent again before it has read for the first time`,
    )
  }
  const redriven = new RedrivenRecords(groupId, redrive, createDeserializer(settings.valueDeserializer, options.types))
  return {
    container: { ...options, listener: redriveListener(options.listener, redriven) },
    members: (main) => {
      const { errorHandler } = main
      const { recoverer, retryListeners } = errorHandler ?? {}
      return {
        ...main,
        topics: [...main.topics, redriven.topic],
        ...(errorHandler && {
          errorHandler: {
            ...errorHandler,
            ...(recoverer && { recoverer: redriveRecoverer(recoverer, redriven) }),
            ...(retryListeners && {
              retryListeners: retryListeners.map((listener) => redriveRetryListener(listener, redriven)),
            }),
          },
        }),
      }
    },
    topics: redriveTopics(groupId, redrive),
    logger: options.logger ?? silentLogger,
  }
}

/**
 * The group's redrive topic and the topic of the confirmations: for KafkaTopicConfig. The container creates them too, but does not wait for them, so
 * that it joins its group a second time when they are there.
 */
export function redriveTopics(
  groupId: string,
  { partitions, replicas, resultsTopic = REDRIVE_RESULTS_TOPIC }: Omit<RedriveOptions, 'sender'> = {},
): TopicDeclaration[] {
  return [redriveTopicOf(groupId), resultsTopic].map((name) => ({
    name,
    ...(partitions !== undefined && { partitions }),
    ...(replicas !== undefined && { replicas }),
  }))
}
