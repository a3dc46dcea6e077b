import type { Properties } from '@stocker/properties'
import { duration, integer, readProperties } from '@stocker/properties'
import type { ServiceConfig } from '@stocker/service-kit'
import { readServiceConfig } from '@stocker/service-kit'
import { contract } from './contract.ts'

export interface DeliveryConfig extends ServiceConfig {
  readonly courier: {
    /** How long the simulated courier takes for a parcel. Milliseconds. */
    readonly delayMs: number
    /** Parcels under way at the same time at most. */
    readonly concurrency: number
  }
}

export const COURIER_SETTINGS = {
  delayMs: duration('courier.delay-ms', {
    default: 0,
    min: 0,
    max: 3_600_000,
    description: 'How long the simulated courier takes for a parcel',
  }),
  concurrency: integer('courier.concurrency', {
    default: 256,
    min: 1,
    max: 10_000,
    description: 'Parcels under way at the same time at most: with a delay of 1 s, so many deliveries per second',
  }),
}

/** Throws an error that names everything that is wrong in the properties. */
export const readConfig = (properties: Properties): DeliveryConfig => ({
  ...readServiceConfig(properties, { name: contract.service }),
  courier: readProperties(properties, COURIER_SETTINGS, { ownPrefixes: ['courier'] }),
})
