import { silentLogger } from '../client/logger.ts'
import type { KafkaConfig } from '../config/kafka-config.ts'
import { fixedBackOff } from '../error-handling/back-off.ts'
import { KafkaConfigError } from '../errors.ts'
import type { ListenerContainerOptions } from '../listener/container-options.ts'
import { ContainerWithTopics } from '../listener/container-with-topics.ts'
import { KafkaListenerContainer } from '../listener/kafka-listener-container.ts'
import type { ListenerContainer } from '../listener/listener-types.ts'
import { createDeserializer } from '../serialization/create.ts'
import type { TypeRegistry } from '../serialization/serializer.ts'
import type { TopicDeclaration } from '../topics/topic-declaration.ts'
import { DestinationChain } from './destination-chain.ts'
import { dueTimeOf } from './retry-headers.ts'
import { retryListener } from './retry-listener.ts'
import type { RetryTopicOptions, RetryTopicPlan } from './retry-topic-options.ts'
import { retryTopicPlan } from './retry-topic-options.ts'
import { RetryTopicRouter } from './retry-topic-router.ts'

/** Group, client.id and group.instance.id of the consumer of the retry topics. Spring appends each topic's own suffix and needs a consumer for each. */
const RETRY_SUFFIX = '-retry'

/**
 * A listener with retry topics: the main container sends what fails on, and one more consumer has all retry topics. It hands a record out
 * when it is due, never before; until then the partition is held and the others go on.
 *
 * The retry consumer begins at the earliest record whatever auto-offset-reset says: a record may be there before it has ever joined.
 */
export function createRetryableContainer(
  config: KafkaConfig,
  options: ListenerContainerOptions,
  retryTopics: RetryTopicOptions,
  createMain: (options: ListenerContainerOptions) => ListenerContainer,
): ListenerContainer {
  if (options.errorHandler?.recoverer) {
    throw new KafkaConfigError(
      'INVALID_VALUE',
      `The listener of ${options.topics.join(', ')} has retry topics, so its error handler can have no recoverer`,
    )
  }
  if (options.orderedRetry) {
    throw new KafkaConfigError(
      'INVALID_VALUE',
      `The listener of ${options.topics.join(', ')} has retry topics, which give up the order that orderedRetry keeps: choose one`,
    )
  }
  const plan = retryTopicPlan(retryTopics, config.retryTopic)
  const logger = options.logger ?? silentLogger
  const chains = [...new Set(options.topics)].map((topic) => new DestinationChain(topic, plan))
  const recoverer = new RetryTopicRouter(chains, plan, logger)
  const errorHandler = { backOff: fixedBackOff(0, 0), ...options.errorHandler, recoverer }
  const main = createMain({ ...options, errorHandler })
  const retry = createRetryContainer(config, { ...options, errorHandler }, plan, chains, main.groupId)
  return new ContainerWithTopics(config, declarations(chains, plan), logger, retry ? [main, retry] : [main])
}

function createRetryContainer(
  { consumer, listener }: KafkaConfig,
  options: ListenerContainerOptions,
  { dltListener }: RetryTopicPlan,
  chains: readonly DestinationChain[],
  groupId: string,
): ListenerContainer | undefined {
  const deadLetters = new Set(dltListener ? chains.flatMap(({ deadLetterTopics }) => deadLetterTopics) : [])
  const topics = [...chains.flatMap(({ retryTopics }) => retryTopics.map(({ name }) => name)), ...deadLetters]
  if (topics.length === 0) return undefined
  const instanceId = options.groupInstanceId ?? consumer.groupInstanceId
  const { connection, valueDeserializer } = consumer
  return new KafkaListenerContainer(
    {
      ...consumer,
      autoOffsetReset: 'earliest',
      connection: { ...connection, clientId: `${connection.clientId}${RETRY_SUFFIX}` },
    },
    { ...listener, missingTopicsFatal: false },
    createDeserializer(valueDeserializer, typesOfRetryTopics(options.types, chains)),
    {
      ...options,
      topics,
      groupId: `${groupId}${RETRY_SUFFIX}`,
      ...(instanceId !== undefined && { groupInstanceId: `${instanceId}${RETRY_SUFFIX}` }),
      listener: retryListener(groupId, options.listener, (topic) => deadLetters.has(topic), dltListener),
    },
    ({ raw }) => dueTimeOf(raw.headers, Date.now()),
  )
}

/** The type that a main topic's records have when they name none is the one of its retry topics. */
function typesOfRetryTopics(
  types: TypeRegistry | undefined,
  chains: readonly DestinationChain[],
): TypeRegistry | undefined {
  if (!types?.defaultTypes) return types
  const { defaultTypes } = types
  const further = chains.flatMap(({ mainTopic, topics }) => {
    const type = defaultTypes[mainTopic]
    return type === undefined ? [] : topics.map((topic) => [topic, type] as const)
  })
  return { ...types, defaultTypes: { ...defaultTypes, ...Object.fromEntries(further) } }
}

function declarations(
  chains: readonly DestinationChain[],
  { autoCreateTopics, replicas }: RetryTopicPlan,
): readonly TopicDeclaration[] {
  if (!autoCreateTopics) return []
  return chains.flatMap(({ mainTopic, topics }) =>
    topics.map((name) => ({ name, partitionsOf: mainTopic, ...(replicas !== undefined && { replicas }) })),
  )
}
