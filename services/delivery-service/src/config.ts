import type { Properties } from '@stocker/properties'
import { decimal, duration, integer, readProperties, text } from '@stocker/properties'
import type { ReportingConfig, ServiceConfig } from '@stocker/service-kit'
import { readServiceConfig, reportingSettings, webhookSecretsOf } from '@stocker/service-kit'
import { contract } from './contract.ts'

export interface DeliveryConfig extends ServiceConfig {
  readonly courier: ReportingConfig & {
    /** Of what the simulated courier has to report; never the delivery service's database. */
    readonly databaseUrl: string
    /** How long the simulated courier takes for a parcel. Milliseconds. */
    readonly delayMs: number
    /** Share of the requests that the simulated courier leaves without an answer, 0 to 1. */
    readonly failureRate: number
    /** Chooses those requests. */
    readonly failureSeed: number
    /** Parcels under way at the same time at most. */
    readonly concurrency: number
    /** From a failed attempt to the next one. Milliseconds. */
    readonly retryAfterMs: number
    /** A courier who owes a report and is silent for so long is asked. Milliseconds. */
    readonly silenceMs: number
  }
}

const HOUR_MS = 3_600_000

export const COURIER_SETTINGS = {
  databaseUrl: text('courier.database-url', {
    description:
      "postgres://user:password@host:port/database of the simulated courier's own reports; used where a secret is agreed",
  }),
  delayMs: duration('courier.delay-ms', {
    default: 0,
    min: 0,
    max: HOUR_MS,
    description: 'How long the simulated courier takes for a parcel',
  }),
  failureRate: decimal('courier.failure-rate', {
    default: 0,
    min: 0,
    max: 1,
    description: 'Share of the requests that the simulated courier leaves without an answer, half of them carried out',
  }),
  failureSeed: integer('courier.failure-seed', {
    default: 1,
    description: 'The same seed leaves the same requests without an answer, by their number since the start',
  }),
  concurrency: integer('courier.concurrency', {
    default: 256,
    min: 1,
    max: 10_000,
    description: 'Parcels under way at the same time at most: with a delay of 1 s, so many deliveries per second',
  }),
  retryAfterMs: duration('courier.retry-after', {
    default: 24 * HOUR_MS,
    min: 0,
    description: 'How long after a failed attempt the next one is made',
  }),
  silenceMs: duration('courier.silence', {
    default: 24 * HOUR_MS,
    min: 1,
    description: 'A courier who owes a report of a parcel and is silent for so long is asked what became of it',
  }),
  ...reportingSettings('courier'),
}

/** Throws an error that names everything that is wrong in the properties. */
export const readConfig = (properties: Properties): DeliveryConfig => {
  const { webhookSecrets, ...courier } = readProperties(properties, COURIER_SETTINGS, { ownPrefixes: ['courier'] })
  return {
    ...readServiceConfig(properties, { name: contract.service }),
    courier: { ...courier, webhookSecrets: webhookSecretsOf(webhookSecrets) },
  }
}
