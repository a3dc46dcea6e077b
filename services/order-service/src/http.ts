import { Address, asyncApiDocument } from '@stocker/contracts'
import { parseDuration } from '@stocker/properties'
import type { HttpApp } from '@stocker/service-kit'
import { entityTagOf, eventStreamOf, expectedVersionOf, idempotencyOf, sendEvents, traceOf } from '@stocker/service-kit'
import { Type } from 'typebox'
import { problems } from './errors.ts'
import { PARCEL_FACTS, PAYMENT_FACTS } from './order-facts.ts'
import type { OrderDetail } from './order-queries.ts'
import { BadCursorError } from './order-queries.ts'
import type { OrderService } from './order-service.ts'
import { ORDER_STATUSES } from './order-status.ts'
import type { OrderSubscriptions } from './order-subscriptions.ts'

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
    expectedTotal: Type.Optional(
      Type.Object(Money.properties, {
        additionalProperties: false,
        description: 'what the customer was shown; another total is refused as PRICE_CHANGED',
      }),
    ),
  },
  { additionalProperties: false },
)

const Accepted = Type.Object({ orderId: Type.String(), status: Status })
const Wish = Type.Object(
  {
    reason: Type.String({ minLength: 1, maxLength: 100, default: 'CUSTOMER_REQUEST', description: 'a code' }),
    detail: Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: 'more, for a reader' })),
  },
  { additionalProperties: false },
)

const OrderView = Type.Object({
  orderId: Type.String(),
  customerId: Type.String(),
  status: Status,
  version: Type.Integer({ description: 'steps that the order has taken; also the ETag' }),
  lines: Type.Array(
    Type.Object({ sku: Type.String(), name: Type.String(), quantity: Type.Integer(), unitPrice: Money }),
  ),
  total: Money,
  shippingAddress: Address,
  payment: Type.Object({
    status: Type.Enum(PAYMENT_FACTS),
    authorized: Money,
    captured: Money,
    refunded: Money,
    reason: Type.Optional(Type.String()),
  }),
  parcels: Type.Array(
    Type.Object({
      status: Type.Enum(PARCEL_FACTS),
      courier: Type.Optional(Type.String()),
      trackingNumber: Type.Optional(Type.String()),
      attempts: Type.Optional(Type.Integer()),
      nextAttemptAt: Type.Optional(Type.String()),
      reason: Type.Optional(Type.String()),
    }),
  ),
  history: Type.Array(Type.Object({ status: Status, at: Type.String(), reason: Type.Optional(Type.String()) })),
})
const Dashboard = Type.Object({
  orders: Type.Record(Status, Type.Integer()),
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
const Repeatable = Type.Object({
  ...IdempotencyKey.properties,
  'if-match': Type.Optional(Type.String({ description: 'the ETag of the order as the caller has seen it' })),
})
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

export const routes =
  (service: OrderService, live: { readonly subscriptions: OrderSubscriptions; readonly stopping: AbortSignal }) =>
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
      async (request, reply) => {
        const { id } = request.params
        const { wait, timeout } = request.query
        const found =
          wait === undefined
            ? await service.queries.find(id)
            : await service.waitFor(id, wait, waitMs(timeout ?? '10s'), request.signal)
        if (found === undefined) throw problems('ORDER_NOT_FOUND', `There is no order ${id}.`)
        return reply.header('etag', entityTagOf(found.version)).send(viewOf(found))
      },
    )

    app.get(
      '/api/orders/:id/events',
      {
        config: { waits: true },
        schema: {
          summary: 'One order as it moves, as server-sent events',
          description: 'First the order as it is (`initial`), then the whole order after each change (`update`).',
          params: OrderId,
          response: eventStreamOf({ initial: OrderView, update: OrderView }),
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const subscription = await live.subscriptions.subscribe('OrderDetail', { orderId: id })
        if (subscription.initial === null) {
          subscription.close()
          throw problems('ORDER_NOT_FOUND', `There is no order ${id}.`)
        }
        return sendEvents(reply, subscription, { stopping: live.stopping })
      },
    )

    for (const { action, summary, description, ask } of undoing(service)) {
      app.post(
        `/api/orders/:id/${action}`,
        {
          schema: {
            summary,
            description: `${description} Repeat a request safely with the same Idempotency-Key.`,
            headers: Repeatable,
            params: OrderId,
            body: Wish,
            response: { 202: Accepted },
          },
        },
        async (request, reply) => {
          const { id } = request.params
          const result = await ask(id, request.body, {
            ...idempotencyOf(request),
            ...traceOf(request),
            ...expectedVersionOf(request),
          })
          if (result.status === 'rejected') throw problems.from(result.rejection)
          const { status } = result.state
          if (status === 'NONE') throw problems('ORDER_NOT_FOUND', `There is no order ${id}.`)
          return reply
            .code(202)
            .header('location', `/api/orders/${id}`)
            .header('etag', entityTagOf(result.version))
            .send({ orderId: id, status })
        },
      )
    }

    app.get(
      '/api/dashboard',
      {
        schema: {
          summary: 'How many orders are in each state',
          response: { 200: Dashboard },
        },
      },
      async () => ({ orders: await service.counts() }),
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

/** What a customer can ask for to have an order undone. */
const undoing = (service: OrderService) =>
  [
    {
      action: 'cancel',
      summary: 'Cancel an order',
      description:
        'Possible until the courier is on the way with it: nothing is charged, or all of it is refunded, and what was sent is called back.',
      ask: service.requestCancellation.bind(service),
    },
    {
      action: 'return',
      summary: 'Return what was delivered',
      description: 'The courier fetches it; when it is back, the whole amount is refunded.',
      ask: service.requestReturn.bind(service),
    },
  ] as const

const viewOf = ({ lines, parcels, history, ...order }: OrderDetail) => ({
  ...order,
  lines: [...lines],
  parcels: [...parcels],
  history: [...history],
})
