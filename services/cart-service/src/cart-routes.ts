import { Address, PaymentToken, Quantity, Sku } from '@stocker/contracts'
import type { HttpApp } from '@stocker/service-kit'
import { idempotencyOf, onlyCustomerOf, refuseOtherCustomers, traceOf } from '@stocker/service-kit'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Cart } from './cart.ts'
import { SHOWN_STATUSES } from './cart.ts'
import type { CartResult, CartService } from './cart-service.ts'
import { cartView } from './cart-view.ts'
import { problems } from './errors.ts'
import { closed, GivenMoney, IdempotencyKey, Money, REPEATABLE, Text } from './http-schemas.ts'

const CartPath = Type.Object({ id: Text })
const ItemPath = Type.Object({ id: Text, sku: Sku })

const LineView = Type.Object({
  sku: Type.String(),
  name: Type.String(),
  quantity: Type.Integer(),
  unitPrice: Money,
  priceChanged: Type.Optional(
    Type.Object(
      { old: Money, new: Money },
      { description: 'the price that the customer knows, and the one of now; absent once they changed the cart' },
    ),
  ),
  delisted: Type.Optional(
    Type.Boolean({ description: 'true: no longer on sale; take it out before the checkout; otherwise absent' }),
  ),
})
const CartView = Type.Object({
  cartId: Type.String(),
  customerId: Type.String(),
  status: Type.Enum(SHOWN_STATUSES),
  lines: Type.Array(LineView),
  total: Type.Optional(Type.Object(Money.properties, { description: 'absent while the cart is empty' })),
  orderId: Type.Optional(Type.String({ description: 'the order that the cart became' })),
})
const CheckoutBody = Type.Object(
  {
    shippingAddress: Type.Object(Address.properties, closed),
    paymentToken: PaymentToken,
    expectedTotal: Type.Optional(
      Type.Object(GivenMoney.properties, {
        ...closed,
        description:
          'what the customer thinks they pay; left out, they are taken to know the prices at which they last saw the lines',
      }),
    ),
  },
  closed,
)

export const cartRoutes = (service: CartService, app: HttpApp): void => {
  const view = async (cart: Cart) => cartView(cart, await service.catalogue.products())
  const answer = (result: CartResult) => {
    if (result.status === 'rejected') throw problems.from(result.rejection)
    return view(result.state)
  }

  /** A cart of somebody else is none, for a customer. */
  const ofCaller = {
    config: { access: 'customer' },
    preHandler: async (request: FastifyRequest): Promise<void> => {
      const only = onlyCustomerOf(request)
      if (only === undefined) return
      const { id } = request.params as { readonly id: string }
      if ((await service.find(id))?.customerId !== only) throw notFound(id)
    },
  } as const

  app.post(
    '/api/carts',
    {
      config: { access: 'customer' },
      schema: {
        summary: 'Give a customer an empty cart',
        description: REPEATABLE,
        headers: IdempotencyKey,
        body: Type.Object({ customerId: Text }, closed),
        response: { 201: Type.Object({ cartId: Type.String() }) },
      },
    },
    async (request, reply) => {
      refuseOtherCustomers(request, request.body.customerId)
      const result = await service.create(request.body.customerId, contextOf(request))
      if (result.status === 'rejected') throw problems.from(result.rejection)
      const { cartId } = result.state
      return reply.code(201).header('location', `/api/carts/${cartId}`).send({ cartId })
    },
  )

  app.get(
    '/api/carts/:id',
    {
      ...ofCaller,
      schema: {
        summary: 'One cart',
        description: "At the catalogue's prices of now while it is open, then at those of its order.",
        params: CartPath,
        response: { 200: CartView },
      },
    },
    async ({ params: { id } }) => {
      const found = await service.find(id)
      if (found === undefined) throw notFound(id)
      return view(found)
    },
  )

  app.post(
    '/api/carts/:id/items',
    {
      ...ofCaller,
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
      ...ofCaller,
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
      ...ofCaller,
      schema: { summary: 'Take a product out of the cart', params: ItemPath, response: { 200: CartView } },
    },
    async (request) => {
      const { id, sku } = request.params
      return answer(await service.removeItem(id, sku, traceOf(request)))
    },
  )

  app.delete(
    '/api/carts/:id/items',
    {
      ...ofCaller,
      schema: { summary: 'Take everything out of the cart', params: CartPath, response: { 200: CartView } },
    },
    async (request) => answer(await service.clear(request.params.id, traceOf(request))),
  )

  app.post(
    '/api/carts/:id/checkout',
    {
      ...ofCaller,
      schema: {
        summary: 'Order what is in the cart',
        description: `Prices are the catalogue's at this moment; refused as PRICE_CHANGED if the customer thinks of others. ${REPEATABLE}`,
        headers: IdempotencyKey,
        params: CartPath,
        body: CheckoutBody,
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

const notFound = (id: string) => problems('CART_NOT_FOUND', `there is no cart ${id}`)

const contextOf = (request: Parameters<typeof idempotencyOf>[0]) => ({ ...traceOf(request), ...idempotencyOf(request) })
