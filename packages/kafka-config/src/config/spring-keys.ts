import type { Setting } from '@stocker/properties'
import { boolean, decimal, duration, integer, text } from '@stocker/properties'
import type { Client } from './client-keys.ts'
import { CLIENTS } from './client-keys.ts'

export const PREFIX = 'spring.kafka'

/** `common` is what stands directly below spring.kafka. and holds for all clients. */
export type Level = 'common' | Client
export const LEVELS = ['common', ...CLIENTS] as const

export function levelPrefix(level: Level): string {
  return level === 'common' ? '' : `${level}.`
}

const SSL_KEYS = {
  'ssl.key-password': 'ssl.key.password',
  'ssl.key-store-certificate-chain': 'ssl.keystore.certificate.chain',
  'ssl.key-store-key': 'ssl.keystore.key',
  'ssl.key-store-location': 'ssl.keystore.location',
  'ssl.key-store-password': 'ssl.keystore.password',
  'ssl.key-store-type': 'ssl.keystore.type',
  'ssl.protocol': 'ssl.protocol',
  'ssl.trust-store-certificates': 'ssl.truststore.certificates',
  'ssl.trust-store-location': 'ssl.truststore.location',
  'ssl.trust-store-password': 'ssl.truststore.password',
  'ssl.trust-store-type': 'ssl.truststore.type',
} as const

const SHARED_KEYS = { 'client-id': 'client.id', 'security.protocol': 'security.protocol', ...SSL_KEYS } as const

/** Spring Boot's typed keys (KafkaProperties) and the client keys that they set. */
export const TYPED_KEYS = {
  common: { 'bootstrap-servers': 'bootstrap.servers', ...SHARED_KEYS },
  consumer: {
    'bootstrap-servers': 'bootstrap.servers',
    'auto-commit-interval': 'auto.commit.interval.ms',
    'auto-offset-reset': 'auto.offset.reset',
    'enable-auto-commit': 'enable.auto.commit',
    'fetch-max-wait': 'fetch.max.wait.ms',
    'fetch-min-size': 'fetch.min.bytes',
    'group-id': 'group.id',
    'heartbeat-interval': 'heartbeat.interval.ms',
    'isolation-level': 'isolation.level',
    'key-deserializer': 'key.deserializer',
    'max-poll-interval': 'max.poll.interval.ms',
    'max-poll-records': 'max.poll.records',
    'value-deserializer': 'value.deserializer',
    ...SHARED_KEYS,
  },
  producer: {
    acks: 'acks',
    'batch-size': 'batch.size',
    'bootstrap-servers': 'bootstrap.servers',
    'buffer-memory': 'buffer.memory',
    'compression-type': 'compression.type',
    'key-serializer': 'key.serializer',
    retries: 'retries',
    'transaction-id-prefix': 'transactional.id',
    'value-serializer': 'value.serializer',
    ...SHARED_KEYS,
  },
  admin: SHARED_KEYS,
} as const satisfies Record<Level, Readonly<Record<string, string>>>

/** The key that sets a client key: Spring's typed one where there is one. */
export function propertyName(level: Level, clientKey: string): string {
  const typed = Object.entries<string>(TYPED_KEYS[level]).find(([, target]) => target === clientKey)?.[0]
  if (typed === undefined && clientKey === 'bootstrap.servers') return `${PREFIX}.bootstrap-servers`
  return `${PREFIX}.${levelPrefix(level)}${typed ?? `properties.${clientKey}`}`
}

/** Longest delay of a retry topic: readers of its records do not believe a longer one. */
const DAY_MS = 86_400_000

/** Keys of Spring's own parts, beside the clients. */
export const OWN_KEYS = {
  'admin.auto-create': boolean('admin.auto-create', { default: true }),
  'admin.fail-fast': boolean('admin.fail-fast', { default: false }),
  'admin.modify-topic-configs': boolean('admin.modify-topic-configs', { default: false }),
  'admin.operation-timeout': duration('admin.operation-timeout', { default: 30_000, min: 1 }),
  'jaas.enabled': boolean('jaas.enabled', { default: false }),
  'jaas.login-module': text('jaas.login-module', { optional: true }),
  'jaas.options.password': text('jaas.options.password', { optional: true }),
  'jaas.options.username': text('jaas.options.username', { optional: true }),
  'listener.auto-startup': boolean('listener.auto-startup', { default: true }),
  'listener.concurrency': integer('listener.concurrency', { default: 1, min: 1, max: 64 }),
  'listener.idle-between-polls': duration('listener.idle-between-polls', { default: 0, min: 0 }),
  'listener.missing-topics-fatal': boolean('listener.missing-topics-fatal', { default: false }),
  'retry.topic.attempts': integer('retry.topic.attempts', { default: 3, min: 1, max: 32_767 }),
  'retry.topic.backoff.delay': duration('retry.topic.backoff.delay', { default: 1000, min: 0, max: DAY_MS }),
  'retry.topic.backoff.max-delay': duration('retry.topic.backoff.max-delay', { default: 30_000, min: 0, max: DAY_MS }),
  'retry.topic.backoff.multiplier': decimal('retry.topic.backoff.multiplier', { default: 1, min: 1 }),
  'retry.topic.enabled': boolean('retry.topic.enabled', { default: false }),
} as const satisfies Record<string, Setting<unknown>>

export type OwnKeyName = keyof typeof OWN_KEYS
export type OwnKeyValue<K extends OwnKeyName> = (typeof OWN_KEYS)[K] extends Setting<infer T> ? T : never

export const OWN_KEY_NOTES: Partial<Record<OwnKeyName, string>> = {
  'jaas.login-module': 'PlainLoginModule or ScramLoginModule; sasl.jaas.config wins.',
  'listener.concurrency':
    'Members of the group in this process: batches of different partitions are handled at the same time.',
  'retry.topic.attempts': 'Deliveries, the first one included.',
  'retry.topic.backoff.max-delay': 'Has an effect with a multiplier above 1.',
  'retry.topic.enabled':
    'Listeners get retry topics named by index, as with Spring Boot; each needs `retryTopics: { sender }` in code, or `retryTopics: false`.',
}

export interface RefusedSpringKey {
  readonly reason: string
  readonly accepts?: readonly string[]
}

const NO_OBSERVATION = { reason: 'there is no Micrometer here; metrics are always on', accepts: ['false'] }
const renamed = (name: string) => ({ reason: `Spring Boot 3.4 renamed it: set retry.topic.backoff.${name}` })
const NO_JITTER = { reason: 'all records of a retry topic wait for the same time' }
const BATCHES = { reason: 'offsets are committed after each batch that was handled (AckMode BATCH)' }

/** Keys of Spring that cannot be honoured. A name that ends in `*` stands for the family below it. */
export const REFUSED_SPRING_KEYS: Readonly<Record<string, RefusedSpringKey>> = {
  ...Object.fromEntries(
    LEVELS.map((level) => [
      `${levelPrefix(level)}ssl.bundle`,
      { reason: 'there are no SSL bundles here; use ssl.key-store-* and ssl.trust-store-*' },
    ]),
  ),
  'admin.close-timeout': { reason: 'closing gives up what is under way, so that there is nothing to wait for' },
  'jaas.control-flag': { reason: 'there is one login module, which is required', accepts: ['required'] },
  'jaas.options.*': { reason: 'only username and password are supported' },
  'listener.ack-count': BATCHES,
  'listener.ack-mode': { ...BATCHES, accepts: ['BATCH'] },
  'listener.ack-time': BATCHES,
  'listener.async-acks': { ...BATCHES, accepts: ['false'] },
  'listener.auth-exception-retry-interval': { reason: 'the container keeps trying, with its back-off' },
  'listener.change-consumer-thread-name': { reason: 'Node has one thread', accepts: ['false'] },
  'listener.client-id': { reason: 'use spring.kafka.consumer.client-id' },
  'listener.idle-event-interval': { reason: 'there are no idle events; see the health and the lag of the container' },
  'listener.idle-partition-event-interval': {
    reason: 'there are no idle events; see the health and the lag of the container',
  },
  'listener.immediate-stop': { reason: 'the batch in hand is finished and committed', accepts: ['false'] },
  'listener.log-container-config': { reason: 'use KafkaConfig.explain()', accepts: ['false'] },
  'listener.monitor-interval': { reason: 'use the health of the container' },
  'listener.no-poll-threshold': { reason: 'use the health of the container' },
  'listener.observation-enabled': NO_OBSERVATION,
  'listener.poll-timeout': { reason: 'a poll waits spring.kafka.consumer.fetch-max-wait' },
  'listener.type': { reason: 'a listener gets the records of one poll', accepts: ['batch'] },
  'retry.topic.backoff.jitter': { ...NO_JITTER, accepts: ['0'] },
  'retry.topic.backoff.random': { ...NO_JITTER, accepts: ['false'] },
  'retry.topic.delay': renamed('delay'),
  'retry.topic.max-delay': renamed('max-delay'),
  'retry.topic.multiplier': renamed('multiplier'),
  'retry.topic.random-back-off': { ...NO_JITTER, accepts: ['false'] },
  'streams.*': { reason: 'there is no Kafka Streams here' },
  'template.allow-non-transactional': { reason: 'there are no Kafka transactions here' },
  'template.close-timeout': { reason: 'closing the sender waits for what is under way' },
  'template.default-topic': { reason: 'a topic is named with each send' },
  'template.observation-enabled': NO_OBSERVATION,
  'template.transaction-id-prefix': { reason: 'there are no Kafka transactions here' },
}

/** Every key with a meaning of its own, below spring.kafka. and without the families. */
export const SPRING_KEY_NAMES: readonly string[] = [
  ...LEVELS.flatMap((level) => Object.keys(TYPED_KEYS[level]).map((name) => levelPrefix(level) + name)),
  ...Object.keys(OWN_KEYS),
  ...Object.keys(REFUSED_SPRING_KEYS).filter((name) => !name.endsWith('*')),
]
