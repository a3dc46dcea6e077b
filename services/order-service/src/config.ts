import type { Properties } from '@stocker/properties'
import { duration, readProperties } from '@stocker/properties'
import type { ServiceConfig } from '@stocker/service-kit'
import { readServiceConfig } from '@stocker/service-kit'
import { contract } from './contract.ts'
import type { FulfilmentTimeouts } from './order-fulfilment-saga.ts'

export interface OrderConfig extends ServiceConfig {
  readonly timeouts: FulfilmentTimeouts
  readonly slo: {
    /** An order that has come to an end within this time after it was placed is in time. Milliseconds. */
    readonly deliveredWithinMs: number
  }
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

export const SLO_SETTINGS = {
  // The couriers of the local platform need seconds, and a burst of 10,000 orders takes it 11 s: what is not at its end after 15 s is stuck.
  deliveredWithinMs: duration('order.slo.delivered-within', {
    default: 15_000,
    min: 1_000,
    max: 365 * DAY,
    description:
      'Objective: an order has come to its end (delivered, cancelled, …) so long after it was placed; counted in order_slo_total. With real couriers days',
  }),
}

/** Throws an error that names everything that is wrong in the properties. */
export const readConfig = (properties: Properties): OrderConfig => {
  const { deliveredWithinMs, ...timeouts } = readProperties(
    properties,
    { ...TIMEOUT_SETTINGS, ...SLO_SETTINGS },
    { ownPrefixes: ['order'] },
  )
  return {
    ...readServiceConfig(properties, { name: contract.service }),
    timeouts,
    slo: { deliveredWithinMs },
  }
}
