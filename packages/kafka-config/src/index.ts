export type { CircuitReport, CircuitState } from './circuit-breaker/circuit-breaker.ts'
export { CIRCUIT_STATES } from './circuit-breaker/circuit-breaker.ts'
export type { CircuitBreakerOptions, Dependency, Doubt } from './circuit-breaker/circuit-breaker-options.ts'
export type { Logger } from './client/logger.ts'
export { configurationTable } from './config/configuration-table.ts'
export type { ExplainedProperty } from './config/explain.ts'
export type { KafkaConfigOptions } from './config/kafka-config.ts'
export { KafkaConfig } from './config/kafka-config.ts'
export type {
  AdminSettings,
  CompressionType,
  ConnectionSettings,
  ConsumerSettings,
  DeserializerSettings,
  ListenerSettings,
  OffsetReset,
  ProducerSettings,
  RetryTopicSettings,
  SaslSettings,
  SerializerSettings,
} from './config/settings.ts'
export type { DeadLetterOptions } from './dead-letters/dead-letter-publishing-recoverer.ts'
export { DeadLetterPublishingRecoverer, deadLetterTopics } from './dead-letters/dead-letter-publishing-recoverer.ts'
export type { Destination, RecordSender } from './dead-letters/failed-record-publisher.ts'
export type { FailureHeaderNames } from './dead-letters/failure-headers.ts'
export { DEAD_LETTER_HEADERS, RETRY_FLOW_HEADERS } from './dead-letters/failure-headers.ts'
export type { RecordOrigin } from './dead-letters/original-headers.ts'
export { originOf } from './dead-letters/original-headers.ts'
export type { RetryBackOff } from './error-handling/back-off.ts'
export { exponentialBackOff, fixedBackOff } from './error-handling/back-off.ts'
export { BatchListenerFailedError } from './error-handling/batch-listener-failed-error.ts'
export type { ErrorHandlerOptions } from './error-handling/error-handler-options.ts'
export type { ErrorKind, ExceptionClassifierOptions } from './error-handling/exception-classifier.ts'
export { ExceptionClassifier } from './error-handling/exception-classifier.ts'
export type { RecordFailure } from './error-handling/records-failed-error.ts'
export { RecordsFailedError } from './error-handling/records-failed-error.ts'
export type { Recoverer, RecoveryContext, RetryListener } from './error-handling/recoverer.ts'
export type { ConfigProblem, KafkaConfigErrorCode } from './errors.ts'
export { ERROR_CODES, KafkaConfigError } from './errors.ts'
export type { KafkaEventUtilsOptions, OutgoingEvent } from './event-utils.ts'
export { KafkaEventUtils } from './event-utils.ts'
export { headerText } from './header-text.ts'
export type { RecordHeader } from './headers.ts'
export {
  decodeBigInteger,
  decodeInt32,
  decodeInt64,
  decodeText,
  encodeBigInteger,
  encodeInt32,
  encodeInt64,
  encodeText,
  lastHeader,
} from './headers.ts'
export type { GroupLag } from './lag.ts'
export { readGroupLag } from './lag.ts'
export type { ListenerContainerOptions, Pacing } from './listener/container-options.ts'
export type { RecordContext, RecordListener } from './listener/each-record.ts'
export { eachRecord } from './listener/each-record.ts'
export { KafkaConsumerConfig } from './listener/kafka-consumer-config.ts'
export type {
  BatchContext,
  BatchInHand,
  BatchListener,
  ContainerEvents,
  ContainerHealth,
  ContainerState,
  FailingRecord,
  ListenerContainer,
  ListenerRecord,
  ParkedPartition,
  PartitionLag,
  RetryNow,
  TimestampType,
  TopicPartition,
} from './listener/listener-types.ts'
export type { OrderedRetryOptions } from './ordered-retry/ordered-retry-options.ts'
export type { TopicFollower, TopicFollowerOptions } from './reader/topic-follower.ts'
export { createTopicFollower, FOLLOWER_DEFAULTS } from './reader/topic-follower.ts'
export type { OffsetRange, PartitionOffsets, ReadPiece } from './reader/topic-reader.ts'
export { TopicReader } from './reader/topic-reader.ts'
export type { Redrive } from './redrive/redrive-headers.ts'
export { REDRIVE_HEADERS, redriveHeaders, redriveOf, redriveTopicOf } from './redrive/redrive-headers.ts'
export type { RedriveResult } from './redrive/redrive-result.ts'
export { decodeRedriveResult, encodeRedriveResult, REDRIVE_RESULTS_TOPIC } from './redrive/redrive-result.ts'
export type { RedriveOptions } from './redrive/redriven-records.ts'
export { redriveTopics } from './redrive/with-redrive.ts'
export type {
  DltStrategy,
  RetryTopicOptions,
  SameIntervalReuse,
  TopicSuffixing,
} from './retry-topics/retry-topic-options.ts'
export type { KafkaProducerConfigOptions } from './sender/kafka-producer-config.ts'
export { KafkaProducerConfig } from './sender/kafka-producer-config.ts'
export { KafkaSender } from './sender/kafka-sender.ts'
export { murmur2, partitionForKey } from './sender/partitioner.ts'
export type { ProducerRecord, RecordMetadata } from './sender/producer-record.ts'
export type { SenderMetrics, SenderOptions } from './sender/sender-types.ts'
export { createDeserializer, createSerializer } from './serialization/create.ts'
export type {
  Deserialized,
  Deserializer,
  Serialized,
  Serializer,
  TypeRegistry,
} from './serialization/serializer.ts'
export { createStringDeserializer, createStringSerializer } from './serialization/string.ts'
export { CONTENT_TYPE_ID_HEADER, KEY_TYPE_ID_HEADER, simpleName, TYPE_ID_HEADER } from './serialization/type-headers.ts'
export { KafkaTopicConfig } from './topics/kafka-topic-config.ts'
export { listTopics } from './topics/list-topics.ts'
export type { TopicDeclaration, TopicDifference, TopicReport } from './topics/topic-declaration.ts'
export type { TopicSizes } from './topics/topic-sizes.ts'
export { topicSizes } from './topics/topic-sizes.ts'
