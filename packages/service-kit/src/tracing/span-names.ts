import type { InboxMessage, OutgoingRecord } from '@stocker/cqrs'

/**
 * How spans and their attributes are called: OpenTelemetry's semantic conventions for HTTP (stable) and messaging (in development: names there
 * may still change, and this file is where they change). Spans per message carry its key and ids, never its payload.
 */
export type Attributes = Readonly<Record<string, string | number>>

export const SPAN_KINDS = ['server', 'client', 'producer', 'consumer'] as const
export type SpanKindName = (typeof SPAN_KINDS)[number]

export interface SpanDescription {
  readonly kind: SpanKindName
  readonly name: string
  readonly attributes: Attributes
}

export const ERROR_TYPE = 'error.type'

/** The route is known when the request has found it, see {@link routeFound}. */
export const requestSpan = (method: string, path: string): SpanDescription => ({
  kind: 'server',
  name: method,
  attributes: { 'http.request.method': method, 'url.path': path, 'url.scheme': 'http' },
})

export const routeFound = (method: string, route: string): string => `${method} ${route}`

export const responseAttributes = (status: number, route: string | undefined): Attributes => ({
  'http.response.status_code': status,
  ...(route !== undefined && { 'http.route': route }),
})

export const sendSpan = ({ topic, key, event }: Pick<OutgoingRecord, 'topic' | 'key' | 'event'>): SpanDescription => ({
  kind: 'producer',
  name: `send ${topic}`,
  attributes: {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': topic,
    'messaging.message.id': event.id,
    'messaging.message.conversation_id': event.metadata.correlationId,
    'messaging.kafka.message.key': key,
  },
})

export const placeAttributes = (partition: number, offset: bigint): Attributes => ({
  'messaging.destination.partition.id': String(partition),
  'messaging.kafka.offset': Number(offset),
})

export const processSpan = (message: InboxMessage, consumerGroup: string): SpanDescription => {
  const { topic, partition, offset } = message.source
  return {
    kind: 'consumer',
    name: `process ${topic}`,
    attributes: {
      'messaging.system': 'kafka',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': topic,
      'messaging.consumer.group.name': consumerGroup,
      'messaging.message.id': message.id,
      'messaging.message.conversation_id': message.correlationId,
      ...(message.key !== null && { 'messaging.kafka.message.key': message.key }),
      ...placeAttributes(partition, offset),
    },
  }
}

export const PROCESS_OUTCOMES = ['handled', 'duplicate', 'failed', 'held'] as const
export type ProcessOutcome = (typeof PROCESS_OUTCOMES)[number]

/** What became of a message. No convention has a word for it. */
export const outcomeAttributes = (outcome: ProcessOutcome): Attributes => ({ 'inbox.outcome': outcome })

/** A call to somebody outside that is repeated with the same key until it is answered. */
export const callSpan = (name: string, key: string, attempt: number): SpanDescription => ({
  kind: 'client',
  name: `call ${name}`,
  attributes: { 'service.peer.name': name, 'outbound_call.key': key, 'outbound_call.attempt': attempt },
})
