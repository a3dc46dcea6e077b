import type { Properties } from '@stocker/properties'
import { decimal, duration, integer, readProperties, text } from '@stocker/properties'
import type { ReportingConfig, ServiceConfig } from '@stocker/service-kit'
import { readServiceConfig, reportingSettings, webhookSecretsOf } from '@stocker/service-kit'
import { contract } from './contract.ts'

export interface PaymentConfig extends ServiceConfig {
  readonly gateway: ReportingConfig & {
    /** Of the simulated gateway's own ledger; never the payment service's database. */
    readonly databaseUrl: string
    /** A call without an answer is given up after this and repeated. Milliseconds. */
    readonly timeoutMs: number
    /** Calls at the same time at most. */
    readonly concurrency: number
    /** How much later the simulated gateway answers. Milliseconds. */
    readonly delayMs: number
    /** Share of the calls that the simulated gateway leaves without an answer, 0 to 1. */
    readonly failureRate: number
    /** Chooses those calls. */
    readonly failureSeed: number
  }
  readonly refund: {
    /** Until a refund that was refused is asked for again, the first time; it doubles each time. Milliseconds. */
    readonly retryDelayMs: number
    /** The longest such time. Milliseconds. */
    readonly maxRetryDelayMs: number
  }
}

export const GATEWAY_SETTINGS = {
  databaseUrl: text('gateway.database-url', {
    description: "postgres://user:password@host:port/database of the simulated gateway's own ledger",
  }),
  timeoutMs: duration('gateway.timeout-ms', {
    default: 2_000,
    min: 1,
    description: 'A call to the gateway without an answer is given up after this, and repeated with the same key',
  }),
  concurrency: integer('gateway.concurrency', {
    // 2,500 answers a second need 250 calls under way when one takes 100 ms.
    default: 256,
    min: 1,
    max: 10_000,
    description: 'Calls to the gateway at the same time at most',
  }),
  delayMs: duration('gateway.delay-ms', {
    default: 0,
    min: 0,
    description: 'The simulated gateway answers so much later',
  }),
  failureRate: decimal('gateway.failure-rate', {
    default: 0,
    min: 0,
    max: 1,
    description: 'Share of the calls that the simulated gateway leaves without an answer, half of them carried out',
  }),
  failureSeed: integer('gateway.failure-seed', {
    default: 1,
    description: 'The same seed leaves the same calls without an answer, by their number since the start',
  }),
  ...reportingSettings('gateway'),
}

export const REFUND_SETTINGS = {
  retryDelayMs: duration('refund.retry-delay-ms', {
    default: 60_000,
    min: 1,
    description: 'A refund that the gateway refused is asked for again after this; the time doubles with each refusal',
  }),
  maxRetryDelayMs: duration('refund.max-retry-delay-ms', {
    default: 3_600_000,
    min: 1,
    description: 'The longest time until a refused refund is asked for again',
  }),
}

/** Throws an error that names everything that is wrong in the properties. */
export const readConfig = (properties: Properties): PaymentConfig => {
  const { webhookSecrets, ...gateway } = readProperties(properties, GATEWAY_SETTINGS, { ownPrefixes: ['gateway'] })
  return {
    ...readServiceConfig(properties, { name: contract.service }),
    gateway: { ...gateway, webhookSecrets: webhookSecretsOf(webhookSecrets) },
    refund: readProperties(properties, REFUND_SETTINGS, { ownPrefixes: ['refund'] }),
  }
}
