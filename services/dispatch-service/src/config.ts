import type { Properties } from '@stocker/properties'
import { integer, readProperties } from '@stocker/properties'
import type { ServiceConfig } from '@stocker/service-kit'
import { readServiceConfig } from '@stocker/service-kit'
import { contract } from './contract.ts'

export interface DispatchConfig extends ServiceConfig {
  readonly stock: {
    /** So many available pieces of a SKU, or fewer, are a low stock, until the SKU gets a threshold of its own. */
    readonly lowThreshold: number
  }
}

export const STOCK_SETTINGS = {
  lowThreshold: integer('stock.low-threshold', {
    default: 10,
    min: 0,
    max: 1_000_000,
    description: 'Pieces that are a low stock, for each SKU that is opened from now on; 0: none is',
  }),
}

/** Throws an error that names everything that is wrong in the properties. */
export const readConfig = (properties: Properties): DispatchConfig => ({
  ...readServiceConfig(properties, { name: contract.service }),
  stock: readProperties(properties, STOCK_SETTINGS, { ownPrefixes: ['stock'] }),
})
