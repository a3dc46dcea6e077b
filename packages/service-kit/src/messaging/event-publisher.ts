import type { EventStore, OutgoingRecord, Publisher, StoredEvent } from '@stocker/cqrs'
import { createPublisher } from '@stocker/cqrs'
import type { KafkaSender, ProducerRecord, RecordHeader } from '@stocker/kafka-config'
import type { Pool } from 'pg'
import type { HealthRegistry } from '../health.ts'
import { reasonOf } from '../keep-trying.ts'
import type { Logger } from '../logging/create-logger.ts'
import type { Metrics, ProducerMetrics } from '../metrics/create-metrics.ts'
import { sharedReading } from '../metrics/shared-reading.ts'
import { placeAttributes, sendSpan } from '../tracing/span-names.ts'
import type { TracedSpan, Tracing } from '../tracing/tracing.ts'
import { eventsByTopic } from './event-log.ts'
import { PACE_INTERVAL_MS } from './pacing.ts'

/** Which stored events go out, where to and with what data. null: a private event. Pure. */
export type MapEvent = (
  event: StoredEvent,
) => { readonly topic: string; readonly key: string; readonly data: object } | null

/** Event and data → the object that goes on the wire. Pure; throws for an event that breaks its contract. */
export type EncodeEvent = (event: StoredEvent, data: object) => object

/** Object → bytes, and the headers that the serializer adds (`__TypeId__`). */
export type SerializeValue = (
  topic: string,
  headers: readonly RecordHeader[],
  value: object,
) => { readonly data: Buffer | string | null; readonly headers: readonly RecordHeader[] }

export interface EventPublisherOptions {
  readonly store: EventStore
  readonly pool: Pool
  /** Checkpoint and lock are kept under this name. */
  readonly name: string
  readonly sender: KafkaSender
  readonly map: MapEvent
  readonly encode: EncodeEvent
  /** Topics that `map` names; their counters exist from the start. */
  readonly topics: readonly string[]
  /** Default: JSON without type headers. */
  readonly serialize?: SerializeValue
  readonly logger: Logger
  readonly metrics: Metrics
  /** Records a span for each event of a recorded trace. Default: none. */
  readonly tracing?: Tracing | undefined
  /** Registers the component `event-publisher`. */
  readonly health: HealthRegistry
}

/** Event store → Kafka: stored events in feed order, each published at least once and always with the same event id. */
export function createEventPublisher(options: EventPublisherOptions): Publisher {
  const { store, pool, name, map, encode, logger, health } = options
  const metrics = options.metrics.producer(options.topics)
  const publisher = createPublisher({
    store,
    pool,
    name,
    logger,
    paceIntervalMs: PACE_INTERVAL_MS,
    map: (event) => {
      const target = map(event)
      return target === null ? null : { topic: target.topic, key: target.key, value: encode(event, target.data), event }
    },
    send: (records) => send(records, { ...options, serialize: options.serialize ?? asJson, counters: metrics }),
  })
  health.add('event-publisher', () => {
    const { state, lastError } = publisher
    const up = state === 'leading' || state === 'standby'
    return { up, detail: lastError === undefined ? state : `${state}: ${lastError.message}` }
  })
  const lag = sharedReading(() => publisher.lag())
  const labels = { publisher: name }
  options.metrics.observe('event_publisher_lag_events', async () => [{ labels, value: (await lag()).events }])
  options.metrics.observe('event_publisher_oldest_seconds', async () => [
    { labels, value: (await lag()).oldestSeconds },
  ])
  return publisher
}

interface SendParts {
  readonly sender: KafkaSender
  readonly serialize: SerializeValue
  readonly counters: ProducerMetrics
  readonly tracing?: Tracing | undefined
  readonly logger: Logger
}

async function send(
  records: readonly OutgoingRecord[],
  { sender, serialize, counters: metrics, tracing, logger }: SendParts,
): Promise<void> {
  const started = performance.now()
  const spans = tracing && records.map((record) => spanOf(record, tracing))
  try {
    const places = await sender.sendAll(
      records.map((record, index) => producerRecord(record, serialize, spans?.[index]?.traceparent)),
    )
    const ms = performance.now() - started
    metrics.operation(ms / 1000)
    const events = records.map(({ topic, key, event }, index) => {
      const { partition = -1, offset = -1n } = places[index] ?? {}
      spans?.[index]?.end({ attributes: placeAttributes(partition, offset) })
      return { topic, key, type: event.type, partition, offset }
    })
    for (const [topic, logged] of eventsByTopic(events)) {
      metrics.sent(topic, logged.length)
      logger.info({ topic, ms: Math.round(ms), events: logged }, 'published')
    }
  } catch (error) {
    const errorType = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    for (const span of spans ?? []) span?.end({ errorType, message: reasonOf(error) })
    metrics.operation((performance.now() - started) / 1000, errorType)
    for (const [topic, ofTopic] of Map.groupBy(records, (record) => record.topic))
      metrics.failed(topic, ofTopic.length, errorType)
    throw error
  }
}

function spanOf(record: OutgoingRecord, tracing: Tracing): TracedSpan | undefined {
  const { traceparent: parent } = record.event.metadata
  return parent === undefined ? undefined : tracing.begin({ ...sendSpan(record), parent })
}

function producerRecord(
  { topic, key, value, event, headers: given }: OutgoingRecord,
  serialize: SerializeValue,
  traceparent = event.metadata.traceparent,
): ProducerRecord {
  const headers: RecordHeader[] = Object.entries(given ?? {}).map(([name, text]) => ({
    key: name,
    value: Buffer.from(text),
  }))
  if (traceparent !== undefined) headers.push({ key: 'traceparent', value: Buffer.from(traceparent) })
  const { data, headers: all } = serialize(topic, headers, value)
  return { topic, key, value: data, ...(all.length > 0 && { headers: all }) }
}

const asJson: SerializeValue = (_topic, headers, value) => ({ data: JSON.stringify(value), headers })
