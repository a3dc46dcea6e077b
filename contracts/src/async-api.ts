import type { EventName, TopicName } from './catalogue.ts'
import { EVENT_NAMES, EVENTS, TOPIC_NAMES, TOPICS } from './catalogue.ts'
import { Address, Money, OrderLine, StockLine } from './schemas.ts'

export interface AsyncApiOptions {
  /** Default: `Commerce events`. */
  readonly title?: string
  /** The application's version; default `0.1.0`. */
  readonly version?: string
  /** Where the brokers are, by a name for the place, e.g. `{ local: 'localhost:9092' }`; default: none is named. */
  readonly servers?: Readonly<Record<string, string>>
}

type Json = Readonly<Record<string, unknown>>

/** Version of the Kafka bindings that the document follows. */
const KAFKA_BINDING = '0.5.0'

/** Shapes that several events share: named once, referred to everywhere else. */
const SHARED: Readonly<Record<string, object>> = { Address, Money, OrderLine, StockLine }

const TRACEPARENT = { type: 'string', description: 'W3C trace context of what caused the event' }
const TYPE_ID = {
  type: 'string',
  description: 'com.stocker.events.<event type>, only where spring.json.add.type.headers=true',
}

/** The AsyncAPI 3.0 document of all topics and events: plain JSON, made from the contracts and their golden samples. */
export function asyncApiDocument(options: AsyncApiOptions = {}): Json {
  const { title = 'Commerce events', version = '0.1.0', servers = {} } = options
  return {
    asyncapi: '3.0.0',
    info: {
      title,
      version,
      description: 'The events that the services exchange over Apache Kafka. A value is one flat JSON object.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    ...(Object.keys(servers).length === 0
      ? {}
      : { servers: mapValues(servers, (host) => ({ host, protocol: 'kafka' })) }),
    channels: Object.fromEntries(TOPIC_NAMES.map((topic) => [topic, channel(topic)])),
    operations: Object.fromEntries(TOPIC_NAMES.flatMap(operations)),
    components: {
      messages: Object.fromEntries(EVENT_NAMES.map((event) => [event, message(event)])),
      schemas: mapValues(SHARED, (schema, name) => withReferences(plain(schema), name)),
    },
  }
}

function channel(name: TopicName): Json {
  const { description, events, partitions, configs } = TOPICS[name]
  return {
    address: name,
    description,
    messages: Object.fromEntries(events.map((event) => [event, { $ref: `#/components/messages/${event}` }])),
    bindings: {
      kafka: {
        topic: name,
        partitions,
        topicConfiguration: topicConfiguration(configs),
        bindingVersion: KAFKA_BINDING,
      },
    },
  }
}

/** The binding wants lists and numbers where Kafka itself takes text. */
function topicConfiguration(configs: Readonly<Record<string, string>>): Json {
  return mapValues(configs, (value, key) => {
    if (key === 'cleanup.policy') return value.split(',')
    return /^-?\d+$/.test(value) ? Number(value) : value
  })
}

function operations(name: TopicName): readonly (readonly [string, Json])[] {
  const { owner, readers, events } = TOPICS[name]
  const operation = (service: string, action: 'send' | 'receive', summary: string) =>
    [
      `${service}-${action}s-${name}`,
      {
        action,
        summary,
        channel: { $ref: `#/channels/${name}` },
        messages: events.map((event) => ({ $ref: `#/channels/${name}/messages/${event}` })),
        tags: [{ name: service }],
      },
    ] as const
  return [
    operation(owner, 'send', `${owner} writes ${name}`),
    ...readers.map((reader) => operation(reader, 'receive', `${reader} reads ${name}`)),
  ]
}

function message(name: EventName): Json {
  const { version, description, key, data, sample } = EVENTS[name]
  const fields = withReferences(plain(data), name)
  return {
    name,
    title: name,
    summary: description,
    contentType: 'application/json',
    correlationId: { location: '$message.payload#/correlationId' },
    headers: { type: 'object', properties: { traceparent: TRACEPARENT, __TypeId__: TYPE_ID } },
    payload: {
      type: 'object',
      required: [
        'eventId',
        'eventType',
        'eventVersion',
        'occurredAt',
        'correlationId',
        ...(fields.required as string[]),
      ],
      properties: { ...envelopeProperties(name, version), ...(fields.properties as Json) },
    },
    bindings: {
      kafka: { key: { type: 'string', description: `UTF-8, the value of ${key}` }, bindingVersion: KAFKA_BINDING },
    },
    examples: [{ name: `${name}-v${version}`, summary: description, payload: sample }],
  }
}

function envelopeProperties(name: EventName, version: number): Json {
  return {
    eventId: { type: 'string', description: 'UUIDv7; the same when the event is published again' },
    eventType: { type: 'string', const: name },
    eventVersion: { type: 'integer', const: version },
    occurredAt: { type: 'string', format: 'date-time', description: 'UTC' },
    correlationId: { type: 'string', description: 'The order or cart that it belongs to' },
    causationId: { type: ['string', 'null'], description: 'The event that caused this one' },
  }
}

/** A schema with its shared shapes replaced by references; `self` is the one that stays as it is. */
function withReferences(schema: Json, self: string): Json {
  const replace = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replace)
    if (typeof value !== 'object' || value === null) return value
    const shared = SHARED_TEXTS.get(JSON.stringify(value))
    if (shared !== undefined && shared !== self) return { $ref: `#/components/schemas/${shared}` }
    return mapValues(value as Json, replace)
  }
  return replace(schema) as Json
}

const SHARED_TEXTS = new Map(Object.entries(SHARED).map(([name, schema]) => [JSON.stringify(schema), name]))

function plain(schema: object): Json {
  return JSON.parse(JSON.stringify(schema)) as Json
}

function mapValues<Value, Result>(
  values: Readonly<Record<string, Value>>,
  map: (value: Value, key: string) => Result,
): Readonly<Record<string, Result>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value, key)]))
}
