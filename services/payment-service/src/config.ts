import type { Properties } from '@stocker/properties'
import { duration, integer, readProperties, text } from '@stocker/properties'
import type { ServiceConfig } from '@stocker/service-kit'
import { readServiceConfig } from '@stocker/service-kit'
import { contract } from './contract.ts'

export interface PaymentConfig extends ServiceConfig {
  readonly gateway: {
    /** Of the simulated gateway's own ledger; never the payment service's database. */
    readonly databaseUrl: string
    /** A call without an answer is given up after this and repeated. Milliseconds. */
    readonly timeoutMs: number
    /** Calls at the same time at most. */
    readonly concurrency: number
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
}

/** Throws an error that names everything that is wrong in the properties. */
export const readConfig = (properties: Properties): PaymentConfig => ({
  ...readServiceConfig(properties, { name: contract.service }),
  gateway: readProperties(properties, GATEWAY_SETTINGS, { ownPrefixes: ['gateway'] }),
})
