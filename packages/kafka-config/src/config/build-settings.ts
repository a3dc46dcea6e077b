import type { ClientValues, OwnValues } from './client-values.ts'
import { createClientValues, createOwnValues } from './client-values.ts'
import type { Collected } from './collect.ts'
import { connectionSettings } from './connection.ts'
import { keyDeserializer, keySerializer, valueDeserializer, valueSerializer } from './format-settings.ts'
import type { Problems } from './problems.ts'
import type {
  AdminSettings,
  ConnectionSettings,
  ConsumerSettings,
  KafkaSettings,
  ListenerSettings,
  ProducerSettings,
  RetryTopicSettings,
} from './settings.ts'

/** Typed settings of all parts; whatever is wrong goes to `problems`, and a default stands in for it. */
export function buildSettings(
  collected: Collected,
  defaultClientId: string | undefined,
  problems: Problems,
): KafkaSettings {
  const own = createOwnValues(collected.own, problems)
  const connect = (values: ClientValues) => connectionSettings(values, own, defaultClientId, problems)
  const consumer = createClientValues('consumer', collected.clients.consumer, problems)
  const producer = createClientValues('producer', collected.clients.producer, problems)
  const admin = createClientValues('admin', collected.clients.admin, problems)
  const connection = connect(admin)
  return {
    bootstrapServers: connection.bootstrapServers,
    clientId: connection.clientId,
    consumer: consumerSettings(consumer, connect(consumer), problems),
    producer: producerSettings(producer, connect(producer), problems),
    admin: adminSettings(own, connection),
    listener: listenerSettings(own),
    retryTopic: retryTopicSettings(own),
  }
}

function consumerSettings(values: ClientValues, connection: ConnectionSettings, problems: Problems): ConsumerSettings {
  const settings: ConsumerSettings = {
    connection,
    groupId: values.value('group.id'),
    groupInstanceId: values.value('group.instance.id'),
    autoOffsetReset: values.value('auto.offset.reset'),
    maxPollRecords: values.value('max.poll.records'),
    maxPollIntervalMs: values.value('max.poll.interval.ms'),
    sessionTimeoutMs: values.value('session.timeout.ms'),
    heartbeatIntervalMs: values.value('heartbeat.interval.ms'),
    fetchMinBytes: values.value('fetch.min.bytes'),
    fetchMaxBytes: values.value('fetch.max.bytes'),
    maxPartitionFetchBytes: values.value('max.partition.fetch.bytes'),
    fetchMaxWaitMs: values.value('fetch.max.wait.ms'),
    defaultApiTimeoutMs: values.value('default.api.timeout.ms'),
    assignmentStrategy: values.value('partition.assignment.strategy').endsWith('RangeAssignor')
      ? 'range'
      : 'roundrobin',
    isolationLevel: values.value('isolation.level'),
    keyDeserializer: keyDeserializer(values, problems),
    valueDeserializer: valueDeserializer(values, problems),
  }
  requireBelow(values, 'heartbeat.interval.ms', 'session.timeout.ms', problems)
  requireBelow(values, 'session.timeout.ms', 'max.poll.interval.ms', problems, 'or equal to')
  requireBelow(values, 'fetch.max.wait.ms', 'request.timeout.ms', problems)
  return Object.freeze(settings)
}

function producerSettings(values: ClientValues, connection: ConnectionSettings, problems: Problems): ProducerSettings {
  const settings: ProducerSettings = {
    connection,
    acks: 'all',
    idempotent: true,
    deliveryTimeoutMs: values.value('delivery.timeout.ms'),
    maxBlockMs: values.value('max.block.ms'),
    maxRequestSizeBytes: values.value('max.request.size'),
    batchSizeBytes: values.value('batch.size'),
    bufferMemoryBytes: values.value('buffer.memory'),
    compressionType: values.value('compression.type'),
    keySerializer: keySerializer(values, problems),
    valueSerializer: valueSerializer(values, problems),
  }
  // ProducerConfig's rule: delivery.timeout.ms ≥ linger.ms + request.timeout.ms.
  requireBelow(values, 'request.timeout.ms', 'delivery.timeout.ms', problems, 'or equal to')
  return Object.freeze(settings)
}

type MillisecondKey =
  | 'heartbeat.interval.ms'
  | 'session.timeout.ms'
  | 'max.poll.interval.ms'
  | 'fetch.max.wait.ms'
  | 'request.timeout.ms'
  | 'delivery.timeout.ms'

function requireBelow(
  values: ClientValues,
  lower: MillisecondKey,
  upper: MillisecondKey,
  problems: Problems,
  orEqual = '',
): void {
  const [low, high] = [values.value(lower), values.value(upper)]
  if (low < high || (orEqual !== '' && low === high)) return
  const lowerAt = values.at(lower)
  const upperAt = values.at(upper)
  const relation = orEqual === '' ? '' : ` ${orEqual}`
  if (lowerAt !== undefined)
    problems.add('INVALID_VALUE', lowerAt, `has to be below${relation} ${upper}, which is ${high}`)
  else if (upperAt !== undefined) {
    problems.add('INVALID_VALUE', upperAt, `has to be above${relation} ${lower}, which is ${low}`)
  }
}

function adminSettings(own: OwnValues, connection: ConnectionSettings): AdminSettings {
  return Object.freeze({
    connection,
    autoCreate: own('admin.auto-create'),
    modifyTopicConfigs: own('admin.modify-topic-configs'),
    failFast: own('admin.fail-fast'),
    operationTimeoutMs: own('admin.operation-timeout'),
  })
}

function listenerSettings(own: OwnValues): ListenerSettings {
  return Object.freeze({
    autoStartup: own('listener.auto-startup'),
    concurrency: own('listener.concurrency'),
    ackMode: 'batch',
    idleBetweenPollsMs: own('listener.idle-between-polls'),
    missingTopicsFatal: own('listener.missing-topics-fatal'),
    immediateStop: false,
  })
}

function retryTopicSettings(own: OwnValues): RetryTopicSettings | undefined {
  const settings: RetryTopicSettings = Object.freeze({
    attempts: own('retry.topic.attempts'),
    backOff: Object.freeze({
      initialMs: own('retry.topic.backoff.delay'),
      maxMs: own('retry.topic.backoff.max-delay'),
      multiplier: own('retry.topic.backoff.multiplier'),
    }),
  })
  return own('retry.topic.enabled') ? settings : undefined
}
