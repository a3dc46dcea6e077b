import type { Masker } from '../../access/masking.ts'

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** A line of a log, as it is shown. */
export interface LogEntry {
  /** ISO 8601. */
  readonly time: string
  readonly level: LogLevel
  readonly message: string
  /** What it is about: keys of events, ids. */
  readonly keys: readonly string[]
  /** What happened: types of events with their place. */
  readonly events: readonly string[]
  /** Other fields that say nothing about persons: `ms 4`, `topic order-events`. */
  readonly facts: readonly string[]
  readonly error: string | null
  readonly stack: string | null
}

/** Fields of the services' logs whose values are never a person's. */
const PLAIN_FIELDS = [
  'topic',
  'consumer',
  'group',
  'groupId',
  'ms',
  'attempt',
  'code',
  'status',
  'method',
  'url',
  'pid',
  'partition',
  'offset',
  'batchDuplicates',
  'startupMs',
  'component',
  'publisher',
  'fault',
] as const
const KEY_FIELDS = ['key', 'orderId', 'cartId', 'correlationId', 'eventId', 'requestId'] as const

type Line = Readonly<Record<string, unknown>>

/** Undefined for what is no line of a log. What is not known to be harmless is not shown, whoever looks. */
export function readLogLine(line: string, masker: Masker): LogEntry | undefined {
  const parsed = parse(line)
  if (parsed === undefined) return undefined
  const { time, level, msg, err, topic } = parsed
  if (typeof time !== 'string' || !LOG_LEVELS.some((known) => known === level)) return undefined
  const ofTopic = typeof topic === 'string' ? topic : ''
  const logged = loggedEvents(parsed.events)
  const failure = (typeof err === 'object' && err !== null ? err : {}) as { message?: unknown; stack?: unknown }
  const keys = [
    ...logged.map(([key]) => masker.key(key, ofTopic)),
    ...KEY_FIELDS.map((field) => parsed[field]).map((value) => (typeof value === 'string' ? masker.id(value) : null)),
  ]
  return {
    time,
    level: level as LogLevel,
    message: masker.errorText(String(msg ?? '')),
    keys: [...new Set(keys.filter((key) => key !== null))],
    events: logged.map(([, type, place]) => `${type} ${place}`),
    facts: PLAIN_FIELDS.flatMap((field) => factOf(field, parsed[field])),
    error: typeof failure.message === 'string' ? masker.errorText(failure.message) : null,
    stack: typeof failure.stack === 'string' ? masker.errorText(failure.stack) : null,
  }
}

function parse(line: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Line) : undefined
  } catch {
    return undefined
  }
}

/** `[key, type, place]` each, as service-kit logs what was consumed and published. */
function loggedEvents(events: unknown): readonly (readonly [string | null, string, string])[] {
  if (!Array.isArray(events)) return []
  return events.flatMap((event) => {
    const [key, type, place] = Array.isArray(event) ? event : []
    return typeof type === 'string' && typeof place === 'string'
      ? [[typeof key === 'string' ? key : null, type, place]]
      : []
  })
}

function factOf(field: string, value: unknown): readonly string[] {
  if (typeof value !== 'number' && typeof value !== 'boolean' && typeof value !== 'string') return []
  // Long texts are no codes.
  return String(value).length > 120 ? [] : [`${field} ${value}`]
}
