import { Address } from '@stocker/contracts'
import { problem } from '@stocker/service-kit'
import type { HttpApp } from '@stocker/service-kit'
import { parseDuration } from '@stocker/properties'
import { Type } from 'typebox'
import { ORDER_STATUSES } from './order.ts'
import type { Order } from './order.ts'
import { BadCursorError } from './order-queries.ts'
import type { OrderService } from './order-service.ts'

const MAX_WAIT_MS = 60_000

const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength })
const Status = Type.Enum(ORDER_STATUSES.filter((status) => status !== 'NONE'))
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
const IdempotencyKey = Type.Object({ 'idempotency-key': Type.Optional(Text(255)) })
const Wait = Type.Object({
  wait: Type.Optional(Status),
  timeout: Type.Optional(Type.String({ description: 'how long to wait at most, as 10s or 500ms; 60s at most', default: '10s' })),
})
const Filter = Type.Object({
  customerId: Type.Optional(Text(100)),
  status: Type.Optional(Status),
  after: Type.Optional(Text(300)),
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
})

const REJECTION_STATUS: Readonly<Record<string, number>> = { IDEMPOTENCY_KEY_REUSED: 409 }

export const routes =
  (service: OrderService) =>
  (app: HttpApp): void => {
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
        const placed = await service.place(
          request.body,
          request.headers['idempotency-key'],
          request.headers.traceparent as string | undefined,
        )
        if ('rejected' in placed)
          throw problem(placed.rejected, REJECTION_STATUS[placed.rejected] ?? 422, placed.message, placed.details)
        return reply.code(202).header('location', `/api/orders/${placed.orderId}`).send(placed)
      },
    )

    app.get(
      '/api/orders/:id',
      {
        schema: {
          summary: 'One order with its history',
          description: 'With `wait` the answer comes as soon as the order has that status, or is final, or `timeout` is over.',
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
        if (found === undefined || found.details === null) throw problem('ORDER_NOT_FOUND', 404, `there is no order ${id}`)
        return viewOf(found, found.details)
      },
    )

    app.get(
      '/api/orders',
      {
        schema: { summary: 'Orders, newest first, by customer and status', querystring: Filter, response: { 200: Page } },
      },
      async (request) => {
        try {
          return await service.queries.list(request.query)
        } catch (error) {
          if (error instanceof BadCursorError)
            throw problem('BAD_CURSOR', 400, '`after` is not a `next` of an earlier page of this list')
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
    throw problem('BAD_TIMEOUT', 400, `timeout is a duration such as 10s or 500ms, 60s at most; it was ${timeout}`)
  return ms
}

const viewOf = ({ status, history }: Order, { orderId, customerId, lines, total, shippingAddress }: NonNullable<Order['details']>) => ({
  orderId,
  customerId,
  status,
  lines,
  total,
  shippingAddress,
  history,
})
