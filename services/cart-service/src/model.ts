import { defaultsOf } from '@stocker/properties'
import { defineCart } from './cart.ts'
import { CART_SETTINGS } from './config.ts'
import { contract } from './contract.ts'
import { openCarts } from './open-carts.ts'
import { product } from './product.ts'
import { products } from './projection.ts'

/**
 * The pure rules of this service, for whoever reads its events from outside: nothing of its database, its broker or its routes. Times are the
 * defaults of the configuration; they decide when something is due, not what events mean.
 */
export const model = {
  contract,
  consumerGroup: 'cart-service-group',
  outboundCalls: [],
  aggregates: [defineCart(defaultsOf(CART_SETTINGS).expiresAfterMs), product],
  sagas: [],
  projections: [products, openCarts],
}
