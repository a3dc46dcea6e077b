import type { Properties } from '@stocker/properties'
import { duration, readProperties } from '@stocker/properties'
import type { ServiceConfig } from '@stocker/service-kit'
import { readServiceConfig } from '@stocker/service-kit'
import { contract } from './contract.ts'
import type { FulfilmentTimeouts } from './order-fulfilment-saga.ts'

export interface OrderConfig extends ServiceConfig {
  readonly timeouts: FulfilmentTimeouts
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

const timeout = (name: string, defaultMs: number, description: string) =>
  duration(`order.timeouts.${name}`, { default: defaultMs, min: 100, max: 365 * DAY, description })

export const TIMEOUT_SETTINGS = {
  payment: timeout('payment', HOUR / 4, 'An order that is not paid after this is cancelled'),
  dispatch: timeout(
    'dispatch',
    2 * DAY,
    'An order that is paid and has not left the warehouse after this is cancelled',
  ),
  delivery: timeout('delivery', 14 * DAY, 'An order that is on its way for longer is marked as overdue'),
  capture: timeout(
    'capture',
    HOUR,
    'An order that is delivered, and whose money is not taken after this, is marked as overdue',
  ),
  cancellation: timeout('cancellation', DAY, 'A cancellation that takes longer is marked as overdue'),
  return: timeout('return', 14 * DAY, 'A return that takes longer is marked as overdue'),
  refund: timeout('refund', DAY, 'A refund for a lost parcel that takes longer is marked as overdue'),
}

/** Throws an error that names everything that is wrong in the properties. */
export const readConfig = (properties: Properties): OrderConfig => ({
  ...readServiceConfig(properties, { name: contract.service }),
  timeouts: readProperties(properties, TIMEOUT_SETTINGS, { ownPrefixes: ['order'] }),
})
