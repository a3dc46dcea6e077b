import type { ConnectionOptions as TlsOptions } from 'node:tls'

/** How to reach a cluster. Each client has its own, as each may override address, id and security. */
export interface ConnectionSettings {
  /** host:port, at least one. */
  readonly bootstrapServers: readonly string[]
  readonly clientId: string
  /** Present when security.protocol is SSL or SASL_SSL. */
  readonly tls?: TlsOptions
  /** Send the broker's name in the TLS handshake (SNI), as Java does and hosted clusters need; an address must not be sent. */
  readonly tlsServerName: boolean
  /** Present when security.protocol is SASL_PLAINTEXT or SASL_SSL. */
  readonly sasl?: SaslSettings
  /** socket.connection.setup.timeout.ms */
  readonly connectTimeoutMs: number
  /** request.timeout.ms */
  readonly requestTimeoutMs: number
  /** retry.backoff.ms: wait before the first repetition of a failed request. */
  readonly retryBackoffMs: number
  /** retry.backoff.max.ms: the wait doubles up to this. */
  readonly retryBackoffMaxMs: number
  /** metadata.max.age.ms: how old what is known of topics and leaders may be; bounds how late a new partition is seen. */
  readonly metadataMaxAgeMs: number
}

export const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
export type SaslMechanism = (typeof SASL_MECHANISMS)[number]

export interface SaslSettings {
  readonly mechanism: SaslMechanism
  readonly username: string
  readonly password: string
}

export const OFFSET_RESETS = ['latest', 'earliest', 'none'] as const
export type OffsetReset = (typeof OFFSET_RESETS)[number]

export const ISOLATION_LEVELS = ['read_uncommitted', 'read_committed'] as const
export type IsolationLevel = (typeof ISOLATION_LEVELS)[number]

export type AssignmentStrategy = 'range' | 'roundrobin'

export interface ConsumerSettings {
  readonly connection: ConnectionSettings
  /** group.id; undefined until a listener names its own. */
  readonly groupId: string | undefined
  /** group.instance.id: static membership. */
  readonly groupInstanceId: string | undefined
  readonly autoOffsetReset: OffsetReset
  readonly maxPollRecords: number
  /** max.poll.interval.ms: longest handling of one batch before the group goes on without this member; also the rebalance time-out. */
  readonly maxPollIntervalMs: number
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly fetchMinBytes: number
  readonly fetchMaxBytes: number
  readonly maxPartitionFetchBytes: number
  readonly fetchMaxWaitMs: number
  /** default.api.timeout.ms: limit of a commit with its repetitions. */
  readonly defaultApiTimeoutMs: number
  /** partition.assignment.strategy: the name of Kafka's assignor on the wire, so that Java members of the group agree. */
  readonly assignmentStrategy: AssignmentStrategy
  readonly isolationLevel: IsolationLevel
  readonly keyDeserializer: KeyDeserializerSettings
  readonly valueDeserializer: DeserializerSettings
}

export const COMPRESSION_TYPES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type CompressionType = (typeof COMPRESSION_TYPES)[number]

export interface ProducerSettings {
  readonly connection: ConnectionSettings
  readonly acks: 'all'
  readonly idempotent: true
  /** delivery.timeout.ms: from `send` to the acknowledgement, all repetitions included. */
  readonly deliveryTimeoutMs: number
  /** max.block.ms: how long `send` may wait for the topic's metadata. */
  readonly maxBlockMs: number
  /** max.request.size: largest record, and most bytes for one partition in one request. */
  readonly maxRequestSizeBytes: number
  /** batch.size: most bytes for one partition in one request, when lower than max.request.size. */
  readonly batchSizeBytes: number
  /** buffer.memory: bytes that may wait in the sender; beyond it `send` rejects with BUFFER_FULL. */
  readonly bufferMemoryBytes: number
  readonly compressionType: CompressionType
  readonly keySerializer: SerializerSettings
  readonly valueSerializer: SerializerSettings
}

/** Spring's KafkaAdmin. */
export interface AdminSettings {
  readonly connection: ConnectionSettings
  /** admin.auto-create: whether `ensureTopics` creates what is missing. */
  readonly autoCreate: boolean
  /** admin.modify-topic-configs: whether declared configs that differ are altered. */
  readonly modifyTopicConfigs: boolean
  /** admin.fail-fast: an unreachable broker is an error of `ensureTopics`, else it is logged and tried again later. */
  readonly failFast: boolean
  readonly operationTimeoutMs: number
}

/** The listener container. */
export interface ListenerSettings {
  readonly autoStartup: boolean
  /** Consumers of one container; more than one comes from more processes. */
  readonly concurrency: number
  readonly ackMode: 'batch'
  readonly idleBetweenPollsMs: number
  readonly missingTopicsFatal: boolean
  /** listener.immediate-stop: stop after the record in hand is impossible for a batch, so only false. */
  readonly immediateStop: false
}

/** spring.kafka.retry.topic.*, where they are enabled: defaults of the retry topics of every listener. */
export interface RetryTopicSettings {
  /** Deliveries, the first one included. */
  readonly attempts: number
  readonly backOff: { readonly initialMs: number; readonly maxMs: number; readonly multiplier: number }
}

export interface StringFormat {
  readonly kind: 'string'
  readonly className: string
}
export interface BytesFormat {
  readonly kind: 'bytes'
  readonly className: string
}
export interface JsonSerializerFormat {
  readonly kind: 'json'
  readonly className: string
  /** spring.json.add.type.headers */
  readonly addTypeHeaders: boolean
  /** spring.json.type.mapping: token → class. */
  readonly typeMapping: ReadonlyMap<string, string>
}
export interface JsonDeserializerFormat {
  readonly kind: 'json'
  readonly className: string
  /** spring.json.trusted.packages with Spring's defaults and those that mapping and default type add; empty trusts all. */
  readonly trustedPackages: readonly string[]
  /** spring.json.type.mapping: token → class. */
  readonly typeMapping: ReadonlyMap<string, string>
  /** spring.json.use.type.headers */
  readonly useTypeHeaders: boolean
  /** spring.json.remove.type.headers */
  readonly removeTypeHeaders: boolean
  /** spring.json.value.default.type */
  readonly defaultType: string | undefined
}
export type SerializerSettings = StringFormat | BytesFormat | JsonSerializerFormat
export type DeserializerSettings = StringFormat | BytesFormat | JsonDeserializerFormat
export type KeyDeserializerSettings = StringFormat

export interface KafkaSettings {
  readonly bootstrapServers: readonly string[]
  readonly clientId: string
  readonly consumer: ConsumerSettings
  readonly producer: ProducerSettings
  readonly admin: AdminSettings
  readonly listener: ListenerSettings
  /** undefined unless spring.kafka.retry.topic.enabled=true. */
  readonly retryTopic: RetryTopicSettings | undefined
}
