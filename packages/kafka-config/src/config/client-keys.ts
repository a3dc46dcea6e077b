import type { Setting } from '@stocker/properties'
import { boolean, choice, duration, integer, list, size, text } from '@stocker/properties'
import { COMPRESSION_TYPES, ISOLATION_LEVELS, OFFSET_RESETS, SASL_MECHANISMS } from './settings.ts'

export const CLIENTS = ['consumer', 'producer', 'admin'] as const
export type Client = (typeof CLIENTS)[number]

/** A key of the Kafka clients or of Spring's (de)serializers that is honoured here; set by its Spring name or below `properties.`. */
export interface ClientKey<T = unknown> {
  readonly clients: readonly Client[]
  readonly setting: Setting<T>
  /** What the default is for one client, where it differs. */
  readonly defaultFor?: Partial<Record<Client, T>>
  /** Where and why the default is not Kafka's; what the key means here. */
  readonly note?: string
}

const ALL = CLIENTS
const CONSUMER = ['consumer'] as const
const PRODUCER = ['producer'] as const
const JSON_CLIENTS = ['consumer', 'producer'] as const

function key<T>(clients: readonly Client[], setting: Setting<T>, more?: Omit<ClientKey<T>, 'clients' | 'setting'>) {
  return { clients, setting, ...more } satisfies ClientKey<T>
}

const OPTIONAL = { optional: true } as const
const NO_SPACE = { pattern: /^\S+$/, expected: 'text without white space' } as const

const ASSIGNOR_CLASSES = [
  'org.apache.kafka.clients.consumer.RangeAssignor',
  'org.apache.kafka.clients.consumer.RoundRobinAssignor',
] as const

/**
 * Defaults are Kafka's (ConsumerConfig, ProducerConfig, AdminClientConfig of 4.2) unless a note says otherwise. Durations
 * and sizes may carry a unit in either place, where Kafka itself reads plain numbers only.
 */
export const CLIENT_KEYS = {
  'bootstrap.servers': key(ALL, list('bootstrap.servers', { default: ['localhost:9092'] })),
  'client.id': key(ALL, text('client.id', { ...OPTIONAL, ...NO_SPACE }), {
    note: 'Without it the application passes its name.',
  }),
  'request.timeout.ms': key(ALL, duration('request.timeout.ms', { default: 30_000, min: 1 }), {
    defaultFor: { producer: 10_000 },
    note: "Kafka's default is 30000 for the producer too; a lost answer is noticed sooner so.",
  }),
  'retry.backoff.ms': key(ALL, duration('retry.backoff.ms', { default: 250, min: 0 }), {
    note: "Kafka's default is 100. Also the wait between two attempts to connect.",
  }),
  'retry.backoff.max.ms': key(ALL, duration('retry.backoff.max.ms', { default: 1_000, min: 0 })),
  'metadata.max.age.ms': key(ALL, duration('metadata.max.age.ms', { default: 300_000, min: 0 })),
  'socket.connection.setup.timeout.ms': key(
    ALL,
    duration('socket.connection.setup.timeout.ms', { default: 2_000, min: 1 }),
    { note: "Kafka's default is 10000; a dead broker is left sooner so." },
  ),

  'security.protocol': key(
    ALL,
    choice('security.protocol', ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'], { default: 'PLAINTEXT' }),
  ),
  'sasl.mechanism': key(ALL, choice('sasl.mechanism', SASL_MECHANISMS, OPTIONAL), {
    note: "Required with SASL: Kafka's default, GSSAPI, is not supported.",
  }),
  'sasl.jaas.config': key(ALL, text('sasl.jaas.config', OPTIONAL), {
    note: 'PlainLoginModule or ScramLoginModule with username and password.',
  }),
  'ssl.protocol': key(ALL, choice('ssl.protocol', ['TLS', 'TLSv1.2', 'TLSv1.3'], { default: 'TLSv1.3' }), {
    note: 'Highest version that is offered.',
  }),
  'ssl.enabled.protocols': key(ALL, list('ssl.enabled.protocols', { default: ['TLSv1.2', 'TLSv1.3'] })),
  'ssl.endpoint.identification.algorithm': key(
    ALL,
    text('ssl.endpoint.identification.algorithm', {
      default: 'https',
      pattern: /^(https)?$/i,
      expected: 'https or nothing',
    }),
    { note: 'Empty: the name in the certificate is not checked.' },
  ),
  'ssl.keystore.type': key(ALL, choice('ssl.keystore.type', ['PKCS12', 'PEM', 'JKS'], OPTIONAL), {
    note: 'Seen from the file; JKS only names a file that is PKCS12 or PEM.',
  }),
  'ssl.keystore.location': key(ALL, text('ssl.keystore.location', OPTIONAL), { note: 'PKCS12 or PEM; not JKS.' }),
  'ssl.keystore.password': key(ALL, text('ssl.keystore.password', OPTIONAL)),
  'ssl.keystore.key': key(ALL, text('ssl.keystore.key', OPTIONAL), { note: 'PEM.' }),
  'ssl.keystore.certificate.chain': key(ALL, text('ssl.keystore.certificate.chain', OPTIONAL), { note: 'PEM.' }),
  'ssl.key.password': key(ALL, text('ssl.key.password', OPTIONAL)),
  'ssl.truststore.type': key(ALL, choice('ssl.truststore.type', ['PEM', 'PKCS12', 'JKS'], OPTIONAL), {
    note: 'Seen from the file.',
  }),
  'ssl.truststore.location': key(ALL, text('ssl.truststore.location', OPTIONAL), {
    note: 'PEM only: Node reads no certificates out of a PKCS12 or JKS file without a private key.',
  }),
  'ssl.truststore.certificates': key(ALL, text('ssl.truststore.certificates', OPTIONAL), { note: 'PEM.' }),

  'group.id': key(CONSUMER, text('group.id', { ...OPTIONAL, ...NO_SPACE })),
  'group.instance.id': key(CONSUMER, text('group.instance.id', { ...OPTIONAL, ...NO_SPACE })),
  'auto.offset.reset': key(CONSUMER, choice('auto.offset.reset', OFFSET_RESETS, { default: 'latest' })),
  'max.poll.records': key(CONSUMER, integer('max.poll.records', { default: 500, min: 1, max: 2_147_483_647 })),
  'max.poll.interval.ms': key(CONSUMER, duration('max.poll.interval.ms', { default: 300_000, min: 1 }), {
    note: 'Also how long a rebalance waits for this member.',
  }),
  'session.timeout.ms': key(CONSUMER, duration('session.timeout.ms', { default: 45_000, min: 1 })),
  'heartbeat.interval.ms': key(CONSUMER, duration('heartbeat.interval.ms', { default: 3_000, min: 1 })),
  'fetch.min.bytes': key(CONSUMER, size('fetch.min.bytes', { default: 1, min: 1, max: 2_147_483_647 })),
  'fetch.max.bytes': key(CONSUMER, size('fetch.max.bytes', { default: 524_288, min: 1, max: 2_147_483_647 }), {
    note: "Kafka's default is 52428800; a response is read in one go, so that bigger ones would stop everything else.",
  }),
  'max.partition.fetch.bytes': key(
    CONSUMER,
    size('max.partition.fetch.bytes', { default: 1_048_576, min: 1, max: 2_147_483_647 }),
  ),
  'fetch.max.wait.ms': key(CONSUMER, duration('fetch.max.wait.ms', { default: 100, min: 0 }), {
    note: "Kafka's default is 500; bounds how long a partition just gained waits to be read.",
  }),
  'isolation.level': key(CONSUMER, choice('isolation.level', ISOLATION_LEVELS, { default: 'read_uncommitted' })),
  'partition.assignment.strategy': key(
    CONSUMER,
    choice('partition.assignment.strategy', ASSIGNOR_CLASSES, { default: ASSIGNOR_CLASSES[0] }),
    {
      note: "Kafka's default also offers CooperativeStickyAssignor, which is not supported. Range gives partition n of all topics to one member.",
    },
  ),
  'default.api.timeout.ms': key(CONSUMER, duration('default.api.timeout.ms', { default: 60_000, min: 1 })),
  'key.deserializer': key(
    CONSUMER,
    text('key.deserializer', { default: 'org.apache.kafka.common.serialization.StringDeserializer' }),
  ),
  'value.deserializer': key(
    CONSUMER,
    text('value.deserializer', { default: 'org.apache.kafka.common.serialization.StringDeserializer' }),
  ),
  'spring.deserializer.key.delegate.class': key(CONSUMER, text('spring.deserializer.key.delegate.class', OPTIONAL)),
  'spring.deserializer.value.delegate.class': key(CONSUMER, text('spring.deserializer.value.delegate.class', OPTIONAL)),

  'delivery.timeout.ms': key(PRODUCER, duration('delivery.timeout.ms', { default: 120_000, min: 1 })),
  'max.block.ms': key(PRODUCER, duration('max.block.ms', { default: 60_000, min: 0 })),
  'max.request.size': key(PRODUCER, size('max.request.size', { default: 1_048_576, min: 1, max: 2_147_483_647 })),
  'batch.size': key(PRODUCER, size('batch.size', { default: 1_048_576, min: 1, max: 2_147_483_647 }), {
    note: "Kafka's default is 16384. The most that one request carries for a partition; max.request.size bounds it too.",
  }),
  'buffer.memory': key(PRODUCER, size('buffer.memory', { default: 33_554_432, min: 1 }), {
    note: 'Beyond it `send` rejects with BUFFER_FULL instead of blocking.',
  }),
  'compression.type': key(PRODUCER, choice('compression.type', COMPRESSION_TYPES, { default: 'none' })),
  'key.serializer': key(
    PRODUCER,
    text('key.serializer', { default: 'org.apache.kafka.common.serialization.StringSerializer' }),
  ),
  'value.serializer': key(
    PRODUCER,
    text('value.serializer', { default: 'org.apache.kafka.common.serialization.StringSerializer' }),
  ),

  'spring.json.type.mapping': key(JSON_CLIENTS, list('spring.json.type.mapping', { default: [] }), {
    note: 'token:class, for both directions.',
  }),
  'spring.json.add.type.headers': key(PRODUCER, boolean('spring.json.add.type.headers', { default: true })),
  'spring.json.trusted.packages': key(CONSUMER, list('spring.json.trusted.packages', { default: [] }), {
    note: 'Added to java.util and java.lang; `*` trusts all. Checked against the name in the type header.',
  }),
  'spring.json.use.type.headers': key(CONSUMER, boolean('spring.json.use.type.headers', { default: true })),
  'spring.json.remove.type.headers': key(CONSUMER, boolean('spring.json.remove.type.headers', { default: true })),
  'spring.json.value.default.type': key(CONSUMER, text('spring.json.value.default.type', OPTIONAL)),
} as const

export type ClientKeyName = keyof typeof CLIENT_KEYS
export type ClientKeyValue<K extends ClientKeyName> =
  (typeof CLIENT_KEYS)[K]['setting'] extends Setting<infer T> ? T : never
