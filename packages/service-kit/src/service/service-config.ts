import { KafkaConfig } from '@stocker/kafka-config'
import type { Properties } from '@stocker/properties'
import { boolean, choice, duration, integer, nearest, PropertiesError, readProperties, text } from '@stocker/properties'
import type { LogLevel } from '../logging/create-logger.ts'
import type { EventRetryOptions } from '../messaging/event-listener.ts'
import { EVENT_RETRY } from '../messaging/event-listener.ts'
import type { RateLimit } from '../security/rate-limit.ts'
import { RATE_LIMIT } from '../security/rate-limit.ts'
import type { TokenRules } from '../security/security-config.ts'
import { readTokenRules } from '../security/security-config.ts'
import type { TracingConfig } from '../tracing/tracing-config.ts'
import { readTracingConfig } from '../tracing/tracing-config.ts'

/** What every service reads from its properties; keys and meaning are Spring Boot's where it has them. */
export interface ServiceConfig {
  readonly http: { readonly host: string; readonly port: number }
  readonly database: { readonly url: string; readonly poolSize: number }
  /** Of the event store; see there. Milliseconds. */
  readonly transactionTimeoutMs: number
  readonly kafka: KafkaConfig
  /** Whose tokens callers must show; undefined: nobody is asked for one. */
  readonly tokens: TokenRules | undefined
  /** Of services that ask for tokens. */
  readonly rateLimit: RateLimit
  /** Where spans go; undefined: none are made. */
  readonly tracing: TracingConfig | undefined
  /** What becomes of events that cannot be handled. */
  readonly retry: EventRetryOptions
  /** Whether things can be made to go wrong by `/ops/faults`. */
  readonly faultsEnabled: boolean
  readonly logLevel: LogLevel
  /** How long a graceful stop may take. Milliseconds. */
  readonly shutdownTimeoutMs: number
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'off'] as const

export const SERVICE_SETTINGS = {
  port: integer('server.port', { default: 8080, min: 0, max: 65_535, description: 'HTTP port; 0 takes a free one' }),
  host: text('server.address', { default: '127.0.0.1', description: 'Address that HTTP listens on; 0.0.0.0 for all' }),
  databaseUrl: text('spring.datasource.url', {
    description:
      'postgres://user:password@host:port/database, or jdbc:postgresql://host:port/database with username and password',
  }),
  databaseUser: text('spring.datasource.username', { optional: true, description: 'Overrides the user of the URL' }),
  databasePassword: text('spring.datasource.password', {
    optional: true,
    description: 'Overrides the password of the URL',
  }),
  poolSize: integer('spring.datasource.hikari.maximum-pool-size', {
    default: 8,
    min: 1,
    max: 1_000,
    description: 'Connections at most',
  }),
  transactionTimeoutMs: duration('event-store.transaction-timeout', {
    default: 10_000,
    min: 10,
    description:
      'How long a transaction of the event store may take, and wait for a lock for half of it. An open one holds back the events of all services of its server',
  }),
  maxRetries: integer('event-listener.retry.max-retries', {
    default: EVENT_RETRY.maxRetries,
    min: 0,
    max: 1_000_000,
    description: 'How often an event is handled again before it goes to the dead letters',
  }),
  retryInitialIntervalMs: duration('event-listener.retry.initial-interval', {
    default: EVENT_RETRY.initialIntervalMs,
    min: 0,
    description: 'Wait before the first of them; each later one is twice as long',
  }),
  retryMaxIntervalMs: duration('event-listener.retry.max-interval', {
    default: EVENT_RETRY.maxIntervalMs,
    min: 0,
    description: 'Longest wait',
  }),
  maxParkedRecords: integer('event-listener.retry.max-parked-records', {
    default: EVENT_RETRY.maxParkedRecords,
    min: 1,
    max: 10_000_000,
    description: 'Failed events and those that wait behind them, at most; then their partitions wait',
  }),
  rateLimitMax: integer('http.rate-limit.max', {
    default: RATE_LIMIT.max,
    min: 1,
    description: 'Requests of one caller within the window, at most; counted where tokens are asked for',
  }),
  rateLimitWindowMs: duration('http.rate-limit.window', {
    default: RATE_LIMIT.windowMs,
    min: 1_000,
    description: 'The window of http.rate-limit.max',
  }),
  faultsEnabled: boolean('faults.enabled', {
    default: false,
    description: 'Whether things can be made to go wrong by /ops/faults, to see what then happens; npm start sets it',
  }),
  logLevel: choice('logging.level.root', LOG_LEVELS, { default: 'info', description: 'Least level that is logged' }),
  shutdownTimeoutMs: duration('spring.lifecycle.timeout-per-shutdown-phase', {
    default: 20_000,
    min: 0,
    description: 'How long a graceful stop may take',
  }),
}

/** Throws PropertiesError or KafkaConfigError, each with everything that is wrong in its part. */
export function readServiceConfig(properties: Properties, options: { readonly name: string }): ServiceConfig {
  const values = readProperties(properties, SERVICE_SETTINGS, {
    ownPrefixes: ['spring.datasource', 'event-store', 'event-listener', 'http.rate-limit'],
  })
  refuseUnknownServerKeys(properties)
  return {
    http: { host: values.host, port: values.port },
    database: {
      url: databaseUrl(values.databaseUrl, values.databaseUser, values.databasePassword),
      poolSize: values.poolSize,
    },
    transactionTimeoutMs: values.transactionTimeoutMs,
    kafka: KafkaConfig.fromProperties(properties, { defaultClientId: options.name }),
    tokens: readTokenRules(properties),
    tracing: readTracingConfig(properties),
    rateLimit: { max: values.rateLimitMax, windowMs: values.rateLimitWindowMs },
    retry: {
      maxRetries: values.maxRetries,
      initialIntervalMs: values.retryInitialIntervalMs,
      // An interval that begins above the limit is meant.
      maxIntervalMs: Math.max(values.retryInitialIntervalMs, values.retryMaxIntervalMs),
      maxParkedRecords: values.maxParkedRecords,
    },
    faultsEnabled: values.faultsEnabled,
    logLevel: values.logLevel === 'off' ? 'silent' : values.logLevel,
    shutdownTimeoutMs: values.shutdownTimeoutMs,
  }
}

/** Not by `ownPrefixes`: environments have SERVER_… variables that are not meant for us (SERVER_NAME, Kubernetes' SERVER_SERVICE_HOST). */
function refuseUnknownServerKeys(properties: Properties): void {
  const known = [SERVICE_SETTINGS.port.key, SERVICE_SETTINGS.host.key]
  const unknown = properties.keys().filter((key) => key.startsWith('server.') && !known.includes(key))
  if (unknown.length === 0) return
  throw new PropertiesError(
    unknown.map((key) => {
      const meant = nearest(key, known)
      const hint = meant === undefined ? `known are ${known.join(' and ')}.` : `did you mean ${meant}?`
      const origin = properties.origin(key) ?? 'value'
      return {
        code: 'UNKNOWN_KEY',
        key,
        origin,
        ...(meant && { nearest: meant }),
        message: `${key} (${origin}) is not a known key: ${hint}`,
      }
    }),
  )
}

function databaseUrl(url: string, user: string | undefined, password: string | undefined): string {
  const plain = url.replace(/^jdbc:/, '')
  const parsed = URL.parse(plain)
  // A malformed URL is reported where it is used, without repeating it.
  if (parsed === null || (user === undefined && password === undefined)) return plain
  if (user !== undefined) parsed.username = encodeURIComponent(user)
  if (password !== undefined) parsed.password = encodeURIComponent(password)
  return parsed.href
}
