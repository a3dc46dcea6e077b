import type { Owners, Transitions } from '@stocker/cqrs'
import { CART_OWNERS, CART_TRANSITIONS } from '../../services/cart-service/src/cart.ts'
import { PRODUCT_OWNERS, PRODUCT_TRANSITIONS } from '../../services/cart-service/src/product.ts'
import { DELIVERY_OWNERS } from '../../services/delivery-service/src/delivery.ts'
import { DELIVERY_TRANSITIONS } from '../../services/delivery-service/src/delivery-status.ts'
import { DISPATCH_OWNERS, DISPATCH_TRANSITIONS } from '../../services/dispatch-service/src/dispatch-status.ts'
import { ORDER_OWNERS, ORDER_TRANSITIONS } from '../../services/order-service/src/order-status.ts'
import { PAYMENT_OWNERS, PAYMENT_TRANSITIONS } from '../../services/payment-service/src/payment/payment-status.ts'
import { code, table } from './markdown.ts'

export interface StateMachine {
  readonly service: string
  /** Name of the aggregate whose states these are. */
  readonly aggregate: string
  readonly transitions: Transitions
  /** Who or what moves each state on that is no end. */
  readonly owners: Readonly<Record<string, Owners<Transitions>[string]>>
}

/** Another aggregate with states: another line here, and a place for them in its service's README.md. */
export const STATE_MACHINES: readonly StateMachine[] = [
  { service: 'cart-service', aggregate: 'cart', transitions: CART_TRANSITIONS, owners: CART_OWNERS },
  { service: 'cart-service', aggregate: 'product', transitions: PRODUCT_TRANSITIONS, owners: PRODUCT_OWNERS },
  { service: 'order-service', aggregate: 'order', transitions: ORDER_TRANSITIONS, owners: ORDER_OWNERS },
  { service: 'payment-service', aggregate: 'payment', transitions: PAYMENT_TRANSITIONS, owners: PAYMENT_OWNERS },
  { service: 'dispatch-service', aggregate: 'dispatch', transitions: DISPATCH_TRANSITIONS, owners: DISPATCH_OWNERS },
  { service: 'delivery-service', aggregate: 'delivery', transitions: DELIVERY_TRANSITIONS, owners: DELIVERY_OWNERS },
]

/** Aggregates that have none, and why. */
export const WITHOUT_STATES: Readonly<Record<string, string>> = {
  stock: 'it counts pieces, for ever',
}

export const SERVICES_WITH_STATES: readonly string[] = [...new Set(STATE_MACHINES.map(({ service }) => service))]

/** Diagram and owners of every aggregate of a service. */
export const statesDocument = (service: string): string =>
  STATE_MACHINES.filter((machine) => machine.service === service)
    .flatMap((machine) => [`### States of ${code(machine.aggregate)}`, diagram(machine), ownersTable(machine)])
    .join('\n\n')

/** Before its first event an aggregate is NONE, which nobody sees. */
const START = 'NONE'

const place = (state: string): string => (state === START ? '[*]' : state)

const diagram = ({ transitions }: StateMachine): string => {
  const arrows = Object.entries(transitions).flatMap(([from, targets]) =>
    targets.length === 0 ? [`${from} --> [*]`] : targets.map((to) => `${place(from)} --> ${to}`),
  )
  return ['```mermaid', 'stateDiagram-v2', ...arrows.map((arrow) => `  ${arrow}`), '```'].join('\n')
}

const ownersTable = ({ owners }: StateMachine): string =>
  table(
    ['state', 'who moves it on', 'deadline'],
    Object.entries(owners).map(([state, by]) => [
      state === START ? '(none yet)' : state,
      'owner' in by ? by.owner : '',
      'deadline' in by ? code(by.deadline) : '',
    ]),
  )
