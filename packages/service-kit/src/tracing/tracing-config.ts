import type { Properties } from '@stocker/properties'
import { decimal, duration, readProperties, text } from '@stocker/properties'

/** Where the spans of a service go, and how many. */
export interface TracingConfig {
  /** Takes spans as OTLP over HTTP, JSON: `http://localhost:4318/v1/traces`. */
  readonly endpoint: string
  /** Sent with the spans, e.g. `authorization`. */
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds. */
  readonly timeoutMs: number
  /** Share of the traces that are recorded of those that begin here, 0 to 1. A trace that began elsewhere is recorded where it is there. */
  readonly probability: number
}

const OTLP = 'management.otlp.tracing'

/** Spring Boot's keys. */
export const TRACING_SETTINGS = {
  endpoint: text(`${OTLP}.endpoint`, {
    optional: true,
    pattern: /^(|https?:\/\/.+)$/,
    expected: 'http: or https: URL',
    description:
      'Where spans are sent (OTLP over HTTP, JSON), e.g. http://localhost:4318/v1/traces. Not set: there is no tracing, and nothing is loaded for it',
  }),
  timeoutMs: duration(`${OTLP}.timeout`, {
    default: 10_000,
    min: 1,
    description: 'How long sending spans may take; then they are lost',
  }),
  probability: decimal('management.tracing.sampling.probability', {
    default: 0.1,
    min: 0,
    max: 1,
    description: 'Share of the traces that begin in this service which are recorded',
  }),
}

const HEADERS = `${OTLP}.headers`

/** undefined when no endpoint is named. `management.otlp.tracing.headers.<name>`: sent along. Throws PropertiesError. */
export function readTracingConfig(properties: Properties): TracingConfig | undefined {
  const names = [...properties.entries(HEADERS)].map(([name]) => name)
  const headerSettings = Object.fromEntries(names.map((name) => [`header ${name}`, text(`${HEADERS}.${name}`)]))
  const values = readProperties(
    properties,
    { ...headerSettings, ...TRACING_SETTINGS },
    { ownPrefixes: [OTLP, 'management.tracing'] },
  )
  const { endpoint, timeoutMs, probability } = values
  if (endpoint === undefined || endpoint === '') return undefined
  const given = values as unknown as Readonly<Record<string, string>>
  const headers = Object.fromEntries(names.map((name) => [name, given[`header ${name}`] ?? '']))
  return { endpoint, headers, timeoutMs, probability }
}
