import type { ServiceContract } from '@stocker/contracts'
import { contract as cart } from '../services/cart-service/src/contract.ts'
import { contract as delivery } from '../services/delivery-service/src/contract.ts'
import { contract as dispatch } from '../services/dispatch-service/src/contract.ts'
import { contract as order } from '../services/order-service/src/contract.ts'
import { contract as payment } from '../services/payment-service/src/contract.ts'

export const SERVICE_CONTRACTS: readonly ServiceContract[] = [cart, order, payment, dispatch, delivery]
