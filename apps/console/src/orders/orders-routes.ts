import { ORDER_STATUSES } from '@stocker/order-service/model'
import type { HttpApp } from '@stocker/service-kit'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Sight } from '../timeline/effect-views.ts'
import { WaitingView } from '../timeline/timeline-views.ts'
import { ATTENTION_REASONS } from './attention.ts'
import type { OrdersDesk } from './orders-desk.ts'

const Text = Type.String()

const ListedOrder = Type.Object({
  orderId: Text,
  customerId: Text,
  status: Text,
  amount: Type.Integer({ description: 'Minor units' }),
  currency: Text,
  createdAt: Text,
  updatedAt: Text,
  attention: Type.Union([
    Type.Object({ orderId: Text, reason: Type.Enum(ATTENTION_REASONS), since: Text }),
    Type.Null(),
  ]),
})

export const OrdersFilter = Type.Object({
  search: Type.Optional(
    Type.String({
      maxLength: 200,
      description: 'Id of the order, its beginning or its end; customer, cart, payment, event or message, trace',
    }),
  ),
  status: Type.Optional(Type.Enum(ORDER_STATUSES)),
  attention: Type.Optional(Type.Boolean({ description: 'Only those that somebody should look at' })),
  after: Type.Optional(
    Type.String({ maxLength: 120, pattern: '^[^|]+Z[|].+$', description: '`next` of the page before' }),
  ),
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
})

export interface OrdersRoutesParts {
  readonly desk: OrdersDesk
  readonly sightOf: (request: FastifyRequest) => Sight
}

/** Orders: found, listed, and those that are stuck. */
export function ordersRoutes({ desk, sightOf }: OrdersRoutesParts, app: HttpApp): void {
  app.get(
    '/ops/api/orders',
    {
      config: { access: 'support' },
      schema: {
        summary: 'Orders: those in need of attention first, then the newest; or those that a search finds',
        querystring: OrdersFilter,
        response: {
          200: Type.Object({
            orders: Type.Array(ListedOrder),
            next: Type.Union([Text, Type.Null()]),
            foundAs: Type.Union([Text, Type.Null()], { description: 'What the search text was taken for' }),
            inNeed: Type.Integer({ description: 'Orders in need of attention' }),
          }),
        },
      },
    },
    async ({ query }) => {
      const { orders, ...rest } = await desk.list(query)
      return { ...rest, orders: [...orders] }
    },
  )

  app.get(
    '/ops/api/orders/stuck',
    {
      config: { access: 'support' },
      schema: {
        summary: 'Orders that do not go on, with what each waits for; dead letters first, then the oldest',
        querystring: Type.Object({ limit: Type.Integer({ minimum: 1, maximum: 50, default: 10 }) }),
        response: {
          200: Type.Object({
            orders: Type.Array(Type.Object({ ...ListedOrder.properties, waiting: WaitingView })),
            more: Type.Integer({ description: 'Others in need of attention' }),
          }),
        },
      },
    },
    async (request) => {
      const { orders, more } = await desk.stuck(request.query.limit, sightOf(request))
      return { orders: [...orders], more }
    },
  )
}
