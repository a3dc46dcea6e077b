import { randomUUIDv7 } from 'node:crypto'
import type { Address } from '@stocker/contracts'
import type { CommandBus, CommandMeta, CommandOf, CommandResult, EventStore, RejectedCommand } from '@stocker/cqrs'
import { reject } from '@stocker/cqrs'
import type { Cart } from './cart.ts'
import { cart } from './cart.ts'
import type { Catalogue } from './catalogue.ts'
import type { Product, ProductState } from './product.ts'
import { product } from './product.ts'

/** Where a request comes from, and what makes its repetition harmless. */
export type RequestContext = Omit<CommandMeta, 'correlationId'>

export interface CheckoutRequest {
  readonly shippingAddress: Address
  readonly paymentToken: string
}

/** The commands and queries that the rest of the world may call. */
export class CartService {
  readonly catalogue: Catalogue
  readonly #commands: CommandBus
  readonly #store: EventStore
  readonly #newId: () => string

  constructor(parts: {
    readonly commands: CommandBus
    readonly store: EventStore
    readonly catalogue: Catalogue
    readonly newId?: () => string
  }) {
    this.#commands = parts.commands
    this.#store = parts.store
    this.catalogue = parts.catalogue
    this.#newId = parts.newId ?? randomUUIDv7
  }

  create(customerId: string, context: RequestContext = {}): Promise<CommandResult<Cart>> {
    const cartId = this.#newId()
    return this.#execute(cartId, { type: 'Create', data: { cartId, customerId } }, context, `customer:${customerId}`)
  }

  async addItem(
    cartId: string,
    sku: string,
    quantity: number,
    context: RequestContext = {},
  ): Promise<CommandResult<Cart>> {
    const found = (await this.catalogue.products()).get(sku)
    if (found === undefined) return unknownSku(sku)
    return this.#execute(cartId, { type: 'AddItem', data: { cartId, product: found, quantity } }, context)
  }

  changeQuantity(
    cartId: string,
    sku: string,
    quantity: number,
    context: RequestContext = {},
  ): Promise<CommandResult<Cart>> {
    return this.#execute(cartId, { type: 'ChangeQuantity', data: { cartId, sku, quantity } }, context)
  }

  removeItem(cartId: string, sku: string, context: RequestContext = {}): Promise<CommandResult<Cart>> {
    return this.#execute(cartId, { type: 'RemoveItem', data: { cartId, sku } }, context)
  }

  clear(cartId: string, context: RequestContext = {}): Promise<CommandResult<Cart>> {
    return this.#execute(cartId, { type: 'Clear', data: { cartId } }, context)
  }

  /** Orders what is in the cart, at the catalogue's prices of now. The same idempotency key gives the same order again. */
  async checkout(
    cartId: string,
    { shippingAddress, paymentToken }: CheckoutRequest,
    context: RequestContext = {},
  ): Promise<CommandResult<Cart>> {
    const products = await this.catalogue.products()
    const orderId = this.#newId()
    return this.#execute(
      cartId,
      { type: 'Checkout', data: { cartId, orderId, shippingAddress, paymentToken, products } },
      context,
    )
  }

  async find(cartId: string): Promise<Cart | undefined> {
    const { state } = await this.#store.load(cart, cartId)
    return state.status === 'NONE' ? undefined : state
  }

  listProduct(listing: Product): Promise<CommandResult<ProductState>> {
    return this.#commands.execute(
      product,
      listing.sku,
      { type: 'ListProduct', data: listing },
      { correlationId: listing.sku },
    )
  }

  changePrice(sku: string, price: Product['price']): Promise<CommandResult<ProductState>> {
    return this.#commands.execute(product, sku, { type: 'ChangePrice', data: { sku, price } }, { correlationId: sku })
  }

  /** Two customers may think of the same idempotency key: each counts within `scope` only. */
  #execute(
    cartId: string,
    command: CommandOf<typeof cart>,
    { idempotency, ...context }: RequestContext,
    scope = `cart:${cartId}`,
  ): Promise<CommandResult<Cart>> {
    return this.#commands.execute(cart, cartId, command, {
      correlationId: cartId,
      ...context,
      ...(idempotency && { idempotency: { ...idempotency, key: `${scope}:${idempotency.key}` } }),
    })
  }
}

const unknownSku = (sku: string): RejectedCommand => ({
  status: 'rejected',
  rejection: reject('UNKNOWN_SKU', `the catalogue has no ${sku}`, { skus: [sku] }),
})
