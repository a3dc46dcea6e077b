import { randomUUIDv7 } from 'node:crypto'
import type { Address, Money } from '@stocker/contracts'
import type { CommandBus, CommandMeta, CommandOf, EventStore, ResultOf } from '@stocker/cqrs'
import { reject } from '@stocker/cqrs'
import type { Cart, CartAggregate } from './cart.ts'
import type { Catalogue } from './catalogue.ts'

/** Where a request comes from, and what makes its repetition harmless. */
export type RequestContext = Omit<CommandMeta, 'correlationId'>

export interface CheckoutRequest {
  readonly shippingAddress: Address
  readonly paymentToken: string
  /** What the customer thinks they pay. Without it they are taken to know the prices at which they last saw the cart's lines. */
  readonly expectedTotal?: Money | undefined
}

export type CartResult = ResultOf<CartAggregate>

/** The commands and queries that the rest of the world may call. */
export class CartService {
  readonly catalogue: Catalogue
  readonly #cart: CartAggregate
  readonly #commands: CommandBus
  readonly #store: EventStore
  readonly #newId: () => string

  constructor(parts: {
    readonly cart: CartAggregate
    readonly commands: CommandBus
    readonly store: EventStore
    readonly catalogue: Catalogue
    readonly newId?: () => string
  }) {
    this.#cart = parts.cart
    this.#commands = parts.commands
    this.#store = parts.store
    this.catalogue = parts.catalogue
    this.#newId = parts.newId ?? randomUUIDv7
  }

  create(customerId: string, context: RequestContext = {}): Promise<CartResult> {
    const cartId = this.#newId()
    return this.#execute(cartId, { type: 'Create', data: { cartId, customerId } }, context, `customer:${customerId}`)
  }

  async addItem(cartId: string, sku: string, quantity: number, context: RequestContext = {}): Promise<CartResult> {
    const found = (await this.catalogue.products()).get(sku)
    if (found === undefined) return unknownSku(sku)
    return this.#execute(cartId, { type: 'AddItem', data: { cartId, product: found, quantity } }, context)
  }

  changeQuantity(cartId: string, sku: string, quantity: number, context: RequestContext = {}): Promise<CartResult> {
    return this.#execute(cartId, { type: 'ChangeQuantity', data: { cartId, sku, quantity } }, context)
  }

  removeItem(cartId: string, sku: string, context: RequestContext = {}): Promise<CartResult> {
    return this.#execute(cartId, { type: 'RemoveItem', data: { cartId, sku } }, context)
  }

  clear(cartId: string, context: RequestContext = {}): Promise<CartResult> {
    return this.#execute(cartId, { type: 'Clear', data: { cartId } }, context)
  }

  /** Orders what is in the cart, at the catalogue's prices of now, if the customer knows them. The same idempotency key gives the same order again. */
  async checkout(cartId: string, request: CheckoutRequest, context: RequestContext = {}): Promise<CartResult> {
    const products = await this.catalogue.products()
    const orderId = this.#newId()
    return this.#execute(cartId, { type: 'Checkout', data: { cartId, orderId, products, ...request } }, context)
  }

  async find(cartId: string): Promise<Cart | undefined> {
    const { state } = await this.#store.load(this.#cart, cartId)
    return state.status === 'NONE' ? undefined : state
  }

  /** Two customers may think of the same idempotency key: each counts within `scope` only. */
  #execute(
    cartId: string,
    command: CommandOf<CartAggregate>,
    { idempotency, ...context }: RequestContext,
    scope = `cart:${cartId}`,
  ): Promise<CartResult> {
    return this.#commands.execute(this.#cart, cartId, command, {
      correlationId: cartId,
      ...context,
      ...(idempotency && { idempotency: { ...idempotency, key: `${scope}:${idempotency.key}` } }),
    })
  }
}

const unknownSku = (sku: string): CartResult => ({
  status: 'rejected',
  rejection: reject('UNKNOWN_SKU', `the catalogue has no ${sku}`, { skus: [sku] }),
})
