import type { Properties } from '@stocker/properties'
import { duration, readProperties } from '@stocker/properties'
import type { ServiceConfig } from '@stocker/service-kit'
import { readServiceConfig } from '@stocker/service-kit'
import { contract } from './contract.ts'

export interface CartConfig extends ServiceConfig {
  readonly cart: {
    /** How long a cart stays open after its customer last changed it. Milliseconds. */
    readonly expiresAfterMs: number
  }
}

const DAY_MS = 24 * 3_600_000

export const CART_SETTINGS = {
  expiresAfterMs: duration('cart.expires-after', {
    default: 30 * DAY_MS,
    min: 1_000,
    max: 3_650 * DAY_MS,
    description: 'How long a cart stays open after its customer last changed it',
  }),
}

/** Throws an error that names everything that is wrong in the properties. */
export const readConfig = (properties: Properties): CartConfig => ({
  ...readServiceConfig(properties, { name: contract.service }),
  cart: readProperties(properties, CART_SETTINGS, { ownPrefixes: ['cart'] }),
})
