import type { Inbox, InboxMessage } from '@stocker/cqrs'
import type {
  BatchContext,
  KafkaConsumerConfig,
  ListenerContainer,
  ListenerRecord,
  TypeRegistry,
} from '@stocker/kafka-config'
import { ServiceKitError } from '../errors.ts'
import type { HealthRegistry } from '../health.ts'
import { reasonOf } from '../keep-trying.ts'
import type { Logger } from '../logging/create-logger.ts'
import type { ConsumerMetrics, Metrics } from '../metrics/create-metrics.ts'
import { eventsByTopic } from './event-log.ts'
import { PACE_FROM_RECORDS, PACE_INTERVAL_MS } from './pacing.ts'
import type { UndecodableRecord } from './quarantine.ts'
import { quarantine } from './quarantine.ts'

/** Why a record is not a message: a code for dashboards, a sentence for people. */
export interface Undecodable {
  readonly undecodable: string
  readonly message: string
}

/**
 * Kafka record → message for the inbox. Only called with records whose bytes could be deserialized; pure. 'skip' for what is not meant for this
 * service. A thrown error counts as undecodable: it would be thrown again at each reading.
 */
export type DecodeRecord = (record: ListenerRecord) => InboxMessage | Undecodable | 'skip'

export interface EventListenerOptions {
  readonly kafka: KafkaConsumerConfig
  readonly topics: readonly string[]
  /** Consumer group; also the consumer's name in quarantine and metrics. Default: spring.kafka.consumer.group-id. */
  readonly groupId?: string
  readonly inbox: Inbox
  readonly decode: DecodeRecord
  readonly types?: TypeRegistry
  readonly logger: Logger
  readonly metrics: Metrics
  /** Registers the component `kafka-consumer`. */
  readonly health: HealthRegistry
}

export interface EventListener {
  /** Begins to join the group; keeps trying while the broker is away. */
  start(): Promise<void>
  /** Finishes the batch in hand, commits its offsets, leaves the group. */
  stop(): Promise<void>
  readonly container: ListenerContainer
}

/** What is away comes back within seconds, and then orders are waiting; the container's own pauses grow to half a minute. */
const BACK_OFF = { initialMs: 200, maxMs: 3_000, multiplier: 2 }

/** No more failed events of one batch than this get a log line of their own. */
const MAX_FAILURE_LINES = 10

/**
 * Topics → inbox. Each batch takes effect in one transaction, together with the quarantine rows of its undecodable records; then its offsets are
 * committed. An event whose handler fails is logged and the batch comes again after the container's back-off: what had succeeded is then a duplicate
 * without effect, and nothing of the failed event's key overtakes it.
 */
export function createEventListener(options: EventListenerOptions): EventListener {
  const { kafka, topics, logger, health } = options
  const container: ListenerContainer = kafka.createListenerContainer({
    topics,
    logger,
    errorHandler: { backOff: BACK_OFF },
    pacing: { fromRecords: PACE_FROM_RECORDS, intervalMs: PACE_INTERVAL_MS },
    ...(options.groupId !== undefined && { groupId: options.groupId }),
    ...(options.types && { types: options.types }),
    listener: (records, context) => handle(records, context),
  })
  const consumer = container.groupId
  const metrics = options.metrics.consumer(consumer, topics)
  const handle = batchHandler(options, consumer, metrics)
  health.add('kafka-consumer', () => {
    const { up, detail } = container.health()
    return { up, detail }
  })
  options.metrics.observe('kafka_consumergroup_lag', async () =>
    (await container.lag()).flatMap(({ topic, partition, lag }) =>
      lag === undefined
        ? []
        : [{ labels: { consumergroup: consumer, topic, partition: String(partition) }, value: Number(lag) }],
    ),
  )
  return { start: () => container.start(), stop: () => container.stop(), container }
}

function batchHandler(
  { inbox, decode, logger }: EventListenerOptions,
  consumer: string,
  metrics: ConsumerMetrics,
): (records: readonly ListenerRecord[], context: BatchContext) => Promise<void> {
  // Of the batch in hand: when an event of it fails, the records that were put aside come again with the rest.
  const said = new Set<string>()
  return async (records, { attempt }) => {
    const started = performance.now()
    const { messages, undecodable } = sort(records, decode)
    try {
      const report = await inbox.handle(messages, undecodable.length > 0 ? [quarantine(consumer, undecodable)] : [])
      // Only after the commit, and once.
      const news = undecodable.filter(({ record }) => !said.has(placeOf(record)))
      sayQuarantined(news, consumer, metrics, logger)
      for (const { record } of news) said.add(placeOf(record))
      if (report.failed.length > 0) throw notHandled(report, consumer, logger)
      const ms = performance.now() - started
      metrics.processed(ms / 1000)
      const events = messages.map(({ source, key, type }) => ({ ...source, key, type }))
      for (const [topic, logged] of eventsByTopic(events)) {
        metrics.consumed(topic, logged.length)
        logger.info({ topic, consumer, ms: Math.round(ms), ...noted(report, attempt), events: logged }, 'consumed')
      }
      said.clear()
    } catch (error) {
      const errorType = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
      metrics.processed((performance.now() - started) / 1000, errorType)
      for (const topic of new Set(records.map((record) => record.topic))) {
        metrics.failed(topic, records.filter((record) => record.topic === topic).length, errorType)
      }
      throw error
    }
  }
}

/** What is worth a word because it is not the usual: repetitions and attempts. */
function noted({ duplicates }: { readonly duplicates: number }, attempt: number): object {
  return { ...(duplicates > 0 && { batchDuplicates: duplicates }), ...(attempt > 1 && { attempt }) }
}

function sort(
  records: readonly ListenerRecord[],
  decode: DecodeRecord,
): { messages: readonly InboxMessage[]; undecodable: readonly UndecodableRecord[] } {
  const messages: InboxMessage[] = []
  const undecodable: UndecodableRecord[] = []
  for (const record of records) {
    if (record.failure !== undefined) {
      undecodable.push({ record, code: record.failure.code, message: record.failure.message })
      continue
    }
    const decoded = tryDecode(record, decode)
    if (decoded === 'skip') continue
    if ('undecodable' in decoded) undecodable.push({ record, code: decoded.undecodable, message: decoded.message })
    else messages.push(decoded)
  }
  return { messages, undecodable }
}

function placeOf({ topic, partition, offset }: ListenerRecord): string {
  return `${topic}/${partition}@${offset}`
}

function tryDecode(record: ListenerRecord, decode: DecodeRecord): InboxMessage | Undecodable | 'skip' {
  try {
    return decode(record)
  } catch (error) {
    return { undecodable: 'DECODER_FAILED', message: `The decoder threw: ${reasonOf(error)}` }
  }
}

function sayQuarantined(
  undecodable: readonly UndecodableRecord[],
  consumer: string,
  metrics: ConsumerMetrics,
  logger: Logger,
): void {
  for (const { record, code, message } of undecodable) {
    const { topic, partition, offset, key } = record
    metrics.quarantined(topic, 1)
    logger.error(
      { consumer, topic, partition, offset: String(offset), key, code, reason: message },
      'record cannot be decoded; it is kept in undecodable_records and had no effect',
    )
  }
}

function notHandled(
  { failed, held }: Awaited<ReturnType<Inbox['handle']>>,
  consumer: string,
  logger: Logger,
): ServiceKitError {
  for (const { message, error } of failed.slice(0, MAX_FAILURE_LINES)) {
    const { id, type, key, source } = message
    logger.error(
      {
        consumer,
        topic: source.topic,
        partition: source.partition,
        offset: String(source.offset),
        key,
        type,
        eventId: id,
        err: error,
      },
      'event not handled',
    )
  }
  const [first] = failed
  const which = first === undefined ? '' : ` First: ${first.message.type} ${first.message.id} (${first.message.key}).`
  return new ServiceKitError(
    'EVENTS_NOT_HANDLED',
    `${failed.length} events failed and ${held.length} later ones of their keys wait behind them.${which}`,
    { cause: first?.error },
  )
}
