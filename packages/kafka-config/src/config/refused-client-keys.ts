import type { Client } from './client-keys.ts'
import { CLIENTS } from './client-keys.ts'

const CONSUMER = ['consumer'] as const
const PRODUCER = ['producer'] as const

/** Keys that no client here can honour. `accepts`: values that ask for nothing but what is done anyway. */
export interface RefusedKey {
  readonly clients: readonly Client[]
  readonly reason: string
  readonly accepts?: readonly string[]
}

const NO_JAVA_CLASSES = 'it names a Java class; there are none here'
const NO_TRANSACTIONS = 'there are no Kafka transactions here; exactly once is the work of inbox and event store'
const NO_CLIENT_METRICS = "it configures the Java client's metrics; this client has its own"
const OWN_SOCKETS = 'sockets are opened by Node, which has no such setting'

/** A name that ends in `*` stands for the family below it. */
export const REFUSED_CLIENT_KEYS: Readonly<Record<string, RefusedKey>> = {
  'allow.auto.create.topics': {
    clients: CONSUMER,
    reason: 'reading creates no topics; declare them with KafkaTopicConfig',
    accepts: ['false'],
  },
  'auto.commit.interval.ms': { clients: CONSUMER, reason: 'offsets are committed after each batch that was handled' },
  'bootstrap.controllers': { clients: ['admin'], reason: 'this client talks to brokers only' },
  'check.crcs': { clients: CONSUMER, reason: 'this client does not check them', accepts: ['false'] },
  'client.dns.lookup': { clients: CLIENTS, reason: OWN_SOCKETS, accepts: ['use_all_dns_ips'] },
  'client.rack': { clients: CONSUMER, reason: 'records are fetched from leaders only' },
  'config.providers': { clients: CLIENTS, reason: `${NO_JAVA_CLASSES}; use \${VARIABLE} placeholders` },
  'connections.max.idle.ms': { clients: CLIENTS, reason: 'connections are kept open' },
  'enable.auto.commit': {
    clients: CONSUMER,
    reason: 'it loses records; offsets are committed after each batch that was handled',
    accepts: ['false'],
  },
  'enable.metrics.push': { clients: CLIENTS, reason: NO_CLIENT_METRICS, accepts: ['false'] },
  'exclude.internal.topics': { clients: CONSUMER, reason: 'there is no subscription by pattern', accepts: ['true'] },
  'group.protocol': {
    clients: CONSUMER,
    reason: "this client's consumer protocol does not survive an expired session",
    accepts: ['classic'],
  },
  'group.remote.assignor': { clients: CONSUMER, reason: 'it belongs to group.protocol=consumer' },
  'interceptor.classes': { clients: ['consumer', 'producer'], reason: NO_JAVA_CLASSES },
  'metadata.recovery.*': { clients: CLIENTS, reason: 'bootstrap servers are asked again whenever no broker answers' },
  'metric.reporters': { clients: CLIENTS, reason: NO_CLIENT_METRICS },
  'metrics.*': { clients: CLIENTS, reason: NO_CLIENT_METRICS },
  'receive.buffer.bytes': { clients: CLIENTS, reason: OWN_SOCKETS },
  'reconnect.backoff.*': { clients: CLIENTS, reason: 'reconnecting waits retry.backoff.ms' },
  'sasl.client.callback.handler.class': { clients: CLIENTS, reason: NO_JAVA_CLASSES },
  'sasl.kerberos.*': { clients: CLIENTS, reason: 'GSSAPI is not supported' },
  'sasl.login.*': { clients: CLIENTS, reason: `${NO_JAVA_CLASSES}; only user and password are supported` },
  'sasl.oauthbearer.*': { clients: CLIENTS, reason: 'OAUTHBEARER is not supported' },
  'security.providers': { clients: CLIENTS, reason: NO_JAVA_CLASSES },
  'send.buffer.bytes': { clients: CLIENTS, reason: OWN_SOCKETS },
  'share.*': { clients: CONSUMER, reason: 'there are no share groups here' },
  'socket.connection.setup.timeout.max.ms': {
    clients: CLIENTS,
    reason: 'every attempt waits socket.connection.setup.timeout.ms',
  },
  'ssl.cipher.suites': { clients: CLIENTS, reason: "Java's names mean nothing to Node; its own list is used" },
  'ssl.engine.factory.class': { clients: CLIENTS, reason: NO_JAVA_CLASSES },
  'ssl.keymanager.algorithm': { clients: CLIENTS, reason: NO_JAVA_CLASSES },
  'ssl.provider': { clients: CLIENTS, reason: NO_JAVA_CLASSES },
  'ssl.secure.random.implementation': { clients: CLIENTS, reason: NO_JAVA_CLASSES },
  'ssl.trustmanager.algorithm': { clients: CLIENTS, reason: NO_JAVA_CLASSES },
  'ssl.truststore.password': {
    clients: CLIENTS,
    reason: 'a PEM trust store has no password; export the certificates as PEM',
  },

  acks: { clients: PRODUCER, reason: 'the sender is idempotent, which needs all', accepts: ['all', '-1'] },
  'compression.gzip.level': { clients: PRODUCER, reason: 'this client has no compression levels' },
  'compression.lz4.level': { clients: PRODUCER, reason: 'this client has no compression levels' },
  'compression.zstd.level': { clients: PRODUCER, reason: 'this client has no compression levels' },
  'enable.idempotence': {
    clients: PRODUCER,
    reason: 'without it a lost answer doubles records',
    accepts: ['true'],
  },
  'linger.ms': {
    clients: PRODUCER,
    reason: 'the sender has no timer: what gathers while a request is under way goes with the next one',
    accepts: ['0'],
  },
  'max.in.flight.requests.per.connection': {
    clients: PRODUCER,
    reason: 'one batch of a partition is under way at a time, which is within 1 to 5',
    accepts: ['1', '2', '3', '4', '5'],
  },
  'metadata.max.idle.ms': { clients: PRODUCER, reason: 'topics once used are remembered' },
  'partitioner.*': {
    clients: PRODUCER,
    reason: "records go where Java's default partitioner puts them: murmur2 of the key",
  },
  retries: {
    clients: ['producer', 'admin'],
    reason: 'requests are repeated until delivery.timeout.ms (admin: operation-timeout) is over',
    accepts: ['2147483647'],
  },
  'transaction.*': { clients: PRODUCER, reason: NO_TRANSACTIONS },
  'transactional.id': { clients: PRODUCER, reason: NO_TRANSACTIONS },

  'spring.deserializer.key.function': { clients: CONSUMER, reason: NO_JAVA_CLASSES },
  'spring.deserializer.value.function': { clients: CONSUMER, reason: NO_JAVA_CLASSES },
  'spring.deserializer.validator.class': { clients: CONSUMER, reason: NO_JAVA_CLASSES },
  'spring.json.key.default.type': { clients: CONSUMER, reason: 'keys are strings here' },
  'spring.json.key.type.method': { clients: CONSUMER, reason: NO_JAVA_CLASSES },
  'spring.json.value.type.method': { clients: CONSUMER, reason: NO_JAVA_CLASSES },
}
