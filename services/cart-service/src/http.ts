import { Address, PaymentToken, ProductName, Quantity, Sku } from '@stocker/contracts'
import type { CommandResult } from '@stocker/cqrs'
import type { HttpApp } from '@stocker/service-kit'
import { idempotencyOf, traceOf } from '@stocker/service-kit'
import { Type } from 'typebox'
import type { Cart } from './cart.ts'
import { CART_STATUSES } from './cart.ts'
import type { CartService } from './cart-service.ts'
import { cartView } from './cart-view.ts'
import { problems } from './errors.ts'

const Text = Type.String({ minLength: 1, maxLength: 100 })
const Money = Type.Object({ amount: Type.Integer(), currency: Type.String() })
const Product = Type.Object({ sku: Sku, name: ProductName, price: Money })
const closed = { additionalProperties: false } as const

const IdempotencyKey = Type.Object({ 'idempotency-key': Type.Optional(Type.String()) })
const CartPath = Type.Object({ id: Text })
const ItemPath = Type.Object({ id: Text, sku: Sku })

const CartView = Type.Object({
  cartId: Type.String(),
  customerId: Type.String(),
  status: Type.Enum(CART_STATUSES.filter((status) => status !== 'NONE')),
  lines: Type.Array(
    Type.Object({ sku: Type.String(), name: Type.String(), quantity: Type.Integer(), unitPrice: Money }),
  ),
  total: Type.Optional(Type.Object(Money.properties, { description: 'absent while the cart is empty' })),
  orderId: Type.Optional(Type.String({ description: 'the order that the cart became' })),
})

const REPEATABLE = 'Repeat a request safely with the same Idempotency-Key.'

export const routes =
  (service: CartService) =>
  (app: HttpApp): void => {
    const answer = async (result: CommandResult<Cart>) => {
      if (result.status === 'rejected') throw problems.from(result.rejection)
      return cartView(result.state, await service.catalogue.products())
    }

    app.get(
      '/api/products',
      { schema: { summary: 'The catalogue', response: { 200: Type.Object({ products: Type.Array(Product) }) } } },
      async () => ({ products: [...(await service.catalogue.products()).values()] }),
    )

    app.get(
      '/api/products/:sku',
      { schema: { summary: 'One product', params: Type.Object({ sku: Sku }), response: { 200: Product } } },
      async ({ params: { sku } }) => {
        const found = (await service.catalogue.products()).get(sku)
        if (found === undefined) throw problems('PRODUCT_NOT_FOUND', `the catalogue has no ${sku}`)
        return found
      },
    )

    app.post(
      '/api/carts',
      {
        schema: {
          summary: 'Give a customer an empty cart',
          description: REPEATABLE,
          headers: IdempotencyKey,
          body: Type.Object({ customerId: Text }, closed),
          response: { 201: Type.Object({ cartId: Type.String() }) },
        },
      },
      async (request, reply) => {
        const result = await service.create(request.body.customerId, contextOf(request))
        if (result.status === 'rejected') throw problems.from(result.rejection)
        const { cartId } = result.state
        return reply.code(201).header('location', `/api/carts/${cartId}`).send({ cartId })
      },
    )

    app.get(
      '/api/carts/:id',
      {
        schema: {
          summary: 'One cart',
          description: "At the catalogue's prices of now while it is open, then at those of its order.",
          params: CartPath,
          response: { 200: CartView },
        },
      },
      async ({ params: { id } }) => {
        const found = await service.find(id)
        if (found === undefined) throw problems('CART_NOT_FOUND', `there is no cart ${id}`)
        return cartView(found, await service.catalogue.products())
      },
    )

    app.post(
      '/api/carts/:id/items',
      {
        schema: {
          summary: 'Put pieces of a product into the cart, beside those that are in it',
          description: REPEATABLE,
          headers: IdempotencyKey,
          params: CartPath,
          body: Type.Object({ sku: Sku, quantity: Quantity }, closed),
          response: { 200: CartView },
        },
      },
      async (request) => {
        const { sku, quantity } = request.body
        return answer(await service.addItem(request.params.id, sku, quantity, contextOf(request)))
      },
    )

    app.put(
      '/api/carts/:id/items/:sku',
      {
        schema: {
          summary: 'Set how many pieces of a product are in the cart',
          params: ItemPath,
          body: Type.Object({ quantity: Quantity }, closed),
          response: { 200: CartView },
        },
      },
      async (request) => {
        const { id, sku } = request.params
        return answer(await service.changeQuantity(id, sku, request.body.quantity, traceOf(request)))
      },
    )

    app.delete(
      '/api/carts/:id/items/:sku',
      {
        schema: { summary: 'Take a product out of the cart', params: ItemPath, response: { 200: CartView } },
      },
      async (request) => {
        const { id, sku } = request.params
        return answer(await service.removeItem(id, sku, traceOf(request)))
      },
    )

    app.delete(
      '/api/carts/:id/items',
      { schema: { summary: 'Take everything out of the cart', params: CartPath, response: { 200: CartView } } },
      async (request) => answer(await service.clear(request.params.id, traceOf(request))),
    )

    app.post(
      '/api/carts/:id/checkout',
      {
        schema: {
          summary: 'Order what is in the cart',
          description: `Prices are the catalogue's at this moment. ${REPEATABLE}`,
          headers: IdempotencyKey,
          params: CartPath,
          body: Type.Object(
            { shippingAddress: Type.Object(Address.properties, closed), paymentToken: PaymentToken },
            closed,
          ),
          response: { 202: Type.Object({ orderId: Type.String(), cartId: Type.String(), total: Money }) },
        },
      },
      async (request, reply) => {
        const result = await service.checkout(request.params.id, request.body, contextOf(request))
        if (result.status === 'rejected') throw problems.from(result.rejection)
        const { checkout, cartId } = result.state
        if (checkout === null) throw new Error(`cart ${cartId} accepted a checkout without being checked out`)
        const { orderId, total } = checkout
        return reply.code(202).send({ orderId, cartId, total })
      },
    )
  }

const contextOf = (request: Parameters<typeof idempotencyOf>[0]) => ({ ...traceOf(request), ...idempotencyOf(request) })
