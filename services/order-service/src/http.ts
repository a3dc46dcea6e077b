import { Address, asyncApiDocument } from '@stocker/contracts'
import { parseDuration } from '@stocker/properties'
import type { HttpApp } from '@stocker/service-kit'
import { defineProblems, idempotencyOf, traceOf } from '@stocker/service-kit'
import { Type } from 'typebox'
import type { PlacedOrder } from './order.ts'
import { ORDER_STATUSES } from './order.ts'
import { BadCursorError } from './order-queries.ts'
import type { OrderService } from './order-service.ts'

const MAX_WAIT_MS = 60_000

const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength })
const Status = Type.Enum(ORDER_STATUSES)
const Money = Type.Object({ amount: Type.Integer(), currency: Type.String() })

const OrderRequest = Type.Object(
  {
    customerId: Text(100),
    lines: Type.Array(
      Type.Object(
        { sku: Text(64), quantity: Type.Integer({ minimum: 1, maximum: 1000 }) },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 100 },
    ),
    shippingAddress: Type.Object(Address.properties, { additionalProperties: false }),
    paymentToken: Text(100),
  },
  { additionalProperties: false },
)

const Accepted = Type.Object({ orderId: Type.String(), status: Status })
const OrderView = Type.Object({
  orderId: Type.String(),
  customerId: Type.String(),
  status: Status,
  lines: Type.Array(
    Type.Object({ sku: Type.String(), name: Type.String(), quantity: Type.Integer(), unitPrice: Money }),
  ),
  total: Money,
  shippingAddress: Address,
  history: Type.Array(Type.Object({ status: Status, at: Type.String(), reason: Type.Optional(Type.String()) })),
})
const Page = Type.Object({
  orders: Type.Array(
    Type.Object({
      orderId: Type.String(),
      customerId: Type.String(),
      status: Status,
      total: Money,
      createdAt: Type.String(),
      updatedAt: Type.String(),
    }),
  ),
  next: Type.Optional(Type.String()),
})

const OrderId = Type.Object({ id: Text(100) })
const IdempotencyKey = Type.Object({ 'idempotency-key': Type.Optional(Type.String()) })
const Wait = Type.Object({
  wait: Type.Optional(Status),
  timeout: Type.Optional(
    Type.String({ description: 'how long to wait at most, as 10s or 500ms; 60s at most', default: '10s' }),
  ),
})
const Filter = Type.Object({
  customerId: Type.Optional(Text(100)),
  status: Type.Optional(Status),
  after: Type.Optional(Text(300)),
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
})

const problems = defineProblems({
  UNKNOWN_SKU: {
    status: 422,
    title: 'A product is not in the catalogue',
    hint: 'GET /api/products of the cart service lists them.',
  },
  MIXED_CURRENCIES: { status: 422, title: 'The lines are priced in several currencies' },
  ORDER_NOT_FOUND: { status: 404, title: 'There is no such order' },
  BAD_TIMEOUT: { status: 400, title: 'The timeout is not usable' },
  BAD_CURSOR: { status: 400, title: 'The place in the list is not usable' },
})

export const routes =
  (service: OrderService) =>
  (app: HttpApp): void => {
    app.get(
      '/asyncapi.json',
      {
        schema: {
          summary: 'The events of all services, as AsyncAPI 3',
          description: 'Generated from the contracts; for AsyncAPI Studio and the like.',
          response: { 200: Type.Unknown() },
        },
      },
      async () => asyncApiDocument({ title: 'Amazon Platform', version: '1.0.0' }),
    )

    app.post(
      '/api/orders',
      {
        schema: {
          summary: 'Place an order',
          description: 'Prices come from the catalogue. Repeat a request safely with the same Idempotency-Key.',
          headers: IdempotencyKey,
          body: OrderRequest,
          response: { 202: Accepted },
        },
      },
      async (request, reply) => {
        const placed = await service.place(request.body, { ...idempotencyOf(request), ...traceOf(request) })
        if ('rejected' in placed) throw problems.from(placed)
        return reply.code(202).header('location', `/api/orders/${placed.orderId}`).send(placed)
      },
    )

    app.get(
      '/api/orders/:id',
      {
        config: { waits: true },
        schema: {
          summary: 'One order with its history',
          description:
            'With `wait` the answer comes as soon as the order has that status, or is final, or `timeout` is over.',
          params: OrderId,
          querystring: Wait,
          response: { 200: OrderView },
        },
      },
      async (request) => {
        const { id } = request.params
        const { wait, timeout } = request.query
        const found =
          wait === undefined
            ? await service.find(id)
            : await service.waitFor(id, wait, waitMs(timeout ?? '10s'), request.signal)
        if (found === undefined) throw problems('ORDER_NOT_FOUND', `There is no order ${id}.`)
        return viewOf(found)
      },
    )

    app.get(
      '/api/orders',
      {
        schema: {
          summary: 'Orders, newest first, by customer and status',
          querystring: Filter,
          response: { 200: Page },
        },
      },
      async (request) => {
        try {
          const { orders, ...next } = await service.queries.list(request.query)
          return { orders: [...orders], ...next }
        } catch (error) {
          if (error instanceof BadCursorError)
            throw problems('BAD_CURSOR', '`after` must be the `next` of an earlier page of this list.')
          throw error
        }
      },
    )
  }

const waitMs = (timeout: string): number => {
  let ms: number
  try {
    ms = parseDuration(timeout)
  } catch {
    ms = Number.NaN
  }
  if (!(ms >= 0 && ms <= MAX_WAIT_MS))
    throw problems('BAD_TIMEOUT', `timeout is a duration such as 10s or 500ms, 60s at most; it was ${timeout}.`)
  return ms
}

const viewOf = ({ status, history, details }: PlacedOrder) => ({
  orderId: details.orderId,
  customerId: details.customerId,
  status,
  lines: [...details.lines],
  total: details.total,
  shippingAddress: details.shippingAddress,
  history: [...history],
})
