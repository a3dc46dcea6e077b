import { contract } from './contract.ts'
import { dispatch } from './dispatch.ts'
import { stockLevels } from './projection.ts'
import { stock } from './stock.ts'

/**
 * The pure rules of this service, for whoever reads its events from outside: nothing of its database, its broker or its routes.
 */
export const model = {
  contract,
  consumerGroup: 'dispatch-service-group',
  outboundCalls: [],
  aggregates: [dispatch, stock],
  sagas: [],
  projections: [stockLevels],
}
