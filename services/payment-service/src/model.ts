import { contract } from './contract.ts'
import { gatewayCalls, OUTSIDE } from './gateway-calls.ts'
import { payment } from './payment/payment.ts'

/**
 * The pure rules of this service, for whoever reads its events from outside: nothing of its database, its broker or its routes.
 */
export const model = {
  contract,
  consumerGroup: 'payment-service-group',
  outboundCalls: [{ name: OUTSIDE, intents: gatewayCalls }],
  aggregates: [payment],
  sagas: [],
  projections: [],
}
