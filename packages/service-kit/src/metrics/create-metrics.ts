import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { MetricDefinition, MetricName } from './metric-catalogue.ts'
import { METRIC_CATALOGUE } from './metric-catalogue.ts'

const KAFKA = 'kafka'

/** What one consumer counts; made once per listener, so that its series exist, at 0, before the first record. */
export interface ConsumerMetrics {
  consumed(topic: string, records: number): void
  failed(topic: string, records: number, errorType: string): void
  quarantined(topic: string, records: number): void
  retried(topic: string, records: number): void
  deadLettered(topic: string): void
  processed(seconds: number, errorType?: string): void
}

export interface ProducerMetrics {
  sent(topic: string, records: number): void
  failed(topic: string, records: number, errorType: string): void
  operation(seconds: number, errorType?: string): void
}

/** Reads a gauge when the metrics are asked for. A rejected or late reading leaves the gauge out of that answer. */
export type GaugeReading = () => Promise<
  readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]
>

type Labels = Readonly<Record<string, string>>

/** Adds to one series of a counter. */
export type Count = (labels: Labels, by?: number) => void

type OwnMetric = Pick<MetricDefinition, 'help' | 'labels'>

export interface Metrics {
  readonly registry: Registry
  httpRequest(method: string, route: string, status: number, seconds: number): void
  consumer(group: string, topics: readonly string[]): ConsumerMetrics
  producer(topics: readonly string[]): ProducerMetrics
  /** Adds a reading to a gauge of the catalogue; several may feed one gauge. */
  observe(name: MetricName, reading: GaugeReading): void
  /** Adds a gauge of the service's own. */
  gauge(name: string, definition: OwnMetric, reading: GaugeReading): void
  /** A counter of the catalogue. `born`: the series that are there, at 0, from the start; the first of a kind would not be seen otherwise. */
  counter(name: MetricName, born: readonly Labels[]): Count
  /** Adds a counter of the service's own. */
  ownCounter(name: string, definition: OwnMetric, born: readonly Labels[]): Count
  /** Adds a histogram of the service's own, without labels. */
  ownHistogram(name: string, definition: Pick<MetricDefinition, 'help' | 'buckets'>): (value: number) => void
  /** When an event was last handled or published (`performance.now()`); at first when this was made. */
  lastEventAt(): number
  exposition(): Promise<string>
  readonly contentType: string
}

export interface MetricsOptions {
  /** Label `service` of every series. Default: no such label, as the scraper names its targets. */
  readonly service?: string
  /** Memory, CPU, event loop and garbage collection of the process. Default true. */
  readonly process?: boolean
  /** How long a gauge's reading may hold up the answer. Milliseconds, default 1,000. */
  readonly readingTimeoutMs?: number
}

export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry()
  if (options.service !== undefined) registry.setDefaultLabels({ service: options.service })
  // The event loop's delay is sampled by a timer: at its default of 10 ms it alone would wake an idle process a hundred times a second.
  if (options.process !== false) collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 })
  const readingTimeoutMs = options.readingTimeoutMs ?? 1_000
  const instruments = createInstruments(registry)
  const readings: { readonly gauge: Gauge; readonly read: GaugeReading }[] = []

  let lastEventAt = performance.now()
  const seen = (): void => {
    lastEventAt = performance.now()
  }

  /** Gauges are emptied and read anew for an answer: who asks meanwhile gets the same one, or it would find them empty. */
  let exposed: Promise<string> | undefined
  const expose = async (): Promise<string> => {
    for (const gauge of new Set(readings.map((reading) => reading.gauge))) gauge.reset()
    await Promise.all(readings.map(({ gauge, read }) => take(gauge, read, readingTimeoutMs)))
    return registry.metrics()
  }

  return {
    registry,
    httpRequest: (method, route, status, seconds) => {
      const labels = { http_request_method: method, http_route: route, http_response_status_code: status }
      instruments.histogram('http_server_request_duration_seconds').observe(labels, seconds)
    },
    consumer: (group, topics) => consumerMetrics(instruments, group, topics, seen),
    producer: (topics) => producerMetrics(instruments, topics, seen),
    lastEventAt: () => lastEventAt,
    observe: (name, read) => {
      readings.push({ gauge: instruments.gauge(name), read })
    },
    gauge: (name, { help, labels }, read) => {
      readings.push({ gauge: new Gauge({ name, help, labelNames: [...labels], registers: [registry] }), read })
    },
    counter: (name, born) => counting(instruments.counter(name), born),
    ownCounter: (name, { help, labels }, born) =>
      counting(new Counter({ name, help, labelNames: [...labels], registers: [registry] }), born),
    ownHistogram: (name, { help, buckets = [] }) => {
      const histogram = new Histogram({ name, help, buckets: [...buckets], registers: [registry] })
      return (value) => histogram.observe(value)
    },
    exposition: () => {
      exposed ??= expose().finally(() => {
        exposed = undefined
      })
      return exposed
    },
    contentType: registry.contentType,
  }
}

function counting(counter: Counter, born: readonly Labels[]): Count {
  for (const labels of born) counter.inc(labels, 0)
  return (labels, by = 1) => counter.inc(labels, by)
}

async function take(gauge: Gauge, read: GaugeReading, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<[]>((resolve) => {
    timer = setTimeout(() => resolve([]), timeoutMs)
  })
  try {
    for (const { labels, value } of await Promise.race([read(), late])) gauge.set({ ...labels }, value)
  } catch {
    // What cannot be read has no value; health says why.
  } finally {
    clearTimeout(timer)
  }
}

function consumerMetrics(
  instruments: Instruments,
  group: string,
  topics: readonly string[],
  seen: () => void,
): ConsumerMetrics {
  const messages = instruments.counter('messaging_client_consumed_messages_total')
  const quarantine = instruments.counter('event_listener_quarantined_records_total')
  const retries = instruments.counter('event_listener_retries_total')
  const deadLetters = instruments.counter('event_listener_dead_letters_total')
  const duration = instruments.histogram('messaging_process_duration_seconds')
  const ofGroup = { messaging_consumer_group_name: group }
  const of = (topic: string, errorType: string) => ({
    messaging_system: KAFKA,
    messaging_destination_name: topic,
    ...ofGroup,
    error_type: errorType,
  })
  for (const topic of topics) {
    messages.inc(of(topic, ''), 0)
    for (const counter of [quarantine, retries, deadLetters]) {
      counter.inc({ messaging_destination_name: topic, ...ofGroup }, 0)
    }
  }
  duration.zero({ messaging_system: KAFKA, ...ofGroup, error_type: '' })
  return {
    consumed: (topic, records) => {
      seen()
      messages.inc(of(topic, ''), records)
    },
    failed: (topic, records, errorType) => messages.inc(of(topic, errorType), records),
    quarantined: (topic, records) => quarantine.inc({ messaging_destination_name: topic, ...ofGroup }, records),
    retried: (topic, records) => retries.inc({ messaging_destination_name: topic, ...ofGroup }, records),
    deadLettered: (topic) => deadLetters.inc({ messaging_destination_name: topic, ...ofGroup }),
    processed: (seconds, errorType = '') =>
      duration.observe({ messaging_system: KAFKA, ...ofGroup, error_type: errorType }, seconds),
  }
}

function producerMetrics(instruments: Instruments, topics: readonly string[], seen: () => void): ProducerMetrics {
  const messages = instruments.counter('messaging_client_sent_messages_total')
  const duration = instruments.histogram('messaging_client_operation_duration_seconds')
  const of = (topic: string, errorType: string) => ({
    messaging_system: KAFKA,
    messaging_destination_name: topic,
    error_type: errorType,
  })
  const send = (errorType: string) => ({
    messaging_system: KAFKA,
    messaging_operation_name: 'send',
    error_type: errorType,
  })
  for (const topic of topics) messages.inc(of(topic, ''), 0)
  duration.zero(send(''))
  return {
    sent: (topic, records) => {
      seen()
      messages.inc(of(topic, ''), records)
    },
    failed: (topic, records, errorType) => messages.inc(of(topic, errorType), records),
    operation: (seconds, errorType = '') => duration.observe(send(errorType), seconds),
  }
}

interface Instruments {
  counter(name: MetricName): Counter
  gauge(name: MetricName): Gauge
  histogram(name: MetricName): Histogram
}

/** One instrument for each entry of the catalogue, by its type. */
function createInstruments(registry: Registry): Instruments {
  const counters = new Map<string, Counter>()
  const gauges = new Map<string, Gauge>()
  const histograms = new Map<string, Histogram>()
  for (const [name, definition] of Object.entries<MetricDefinition>(METRIC_CATALOGUE)) {
    const common = { name, help: definition.help, labelNames: [...definition.labels], registers: [registry] }
    if (definition.type === 'counter') counters.set(name, new Counter(common))
    else if (definition.type === 'gauge') gauges.set(name, new Gauge(common))
    else histograms.set(name, new Histogram({ ...common, buckets: [...(definition.buckets ?? [])] }))
  }
  const find = <T>(of: ReadonlyMap<string, T>, name: MetricName): T => {
    const instrument = of.get(name)
    if (instrument === undefined) throw new Error(`${name} is a ${METRIC_CATALOGUE[name].type} in the catalogue.`)
    return instrument
  }
  return {
    counter: (name) => find(counters, name),
    gauge: (name) => find(gauges, name),
    histogram: (name) => find(histograms, name),
  }
}
