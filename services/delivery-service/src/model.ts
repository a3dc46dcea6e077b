import { defaultsOf } from '@stocker/properties'
import { COURIER_SETTINGS } from './config.ts'
import { contract } from './contract.ts'
import { COURIER_INTENTS, OUTSIDE } from './courier-call.ts'
import { defineDelivery } from './delivery.ts'

/**
 * The pure rules of this service, for whoever reads its events from outside: nothing of its database, its broker or its routes. Times are the
 * defaults of the configuration; they decide when something is due, not what events mean.
 */
export const model = {
  contract,
  consumerGroup: 'delivery-service-group',
  outboundCalls: [{ name: OUTSIDE, intents: COURIER_INTENTS }],
  aggregates: [defineDelivery(defaultsOf(COURIER_SETTINGS))],
  sagas: [],
  projections: [],
}
