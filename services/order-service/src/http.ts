import { asyncApiDocument } from '@stocker/contracts'
import { parseDuration } from '@stocker/properties'
import type { HttpApp } from '@stocker/service-kit'
import {
  entityTagOf,
  eventStreamOf,
  expectedVersionOf,
  hidesPersonal,
  idempotencyOf,
  onlyCustomerOf,
  refuseOtherCustomers,
  sendEvents,
  traceOf,
  withoutPersonal,
} from '@stocker/service-kit'
import { Type } from 'typebox'
import { problems } from './errors.ts'
import {
  Accepted,
  Dashboard,
  Filter,
  IdempotencyKey,
  OrderId,
  OrderRequest,
  OrderView,
  Page,
  Repeatable,
  Wait,
  Wish,
} from './http-schemas.ts'
import type { OrderDetail } from './order-queries.ts'
import { BadCursorError } from './order-queries.ts'
import type { OrderService } from './order-service.ts'
import type { OrderSubscriptions } from './order-subscriptions.ts'

const MAX_WAIT_MS = 60_000

export const routes =
  (service: OrderService, live: { readonly subscriptions: OrderSubscriptions; readonly stopping: AbortSignal }) =>
  (app: HttpApp): void => {
    app.get(
      '/asyncapi.json',
      {
        config: { access: 'public' },
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
        config: { access: 'customer' },
        schema: {
          summary: 'Place an order',
          description: 'Prices come from the catalogue. Repeat a request safely with the same Idempotency-Key.',
          headers: IdempotencyKey,
          body: OrderRequest,
          response: { 202: Accepted },
        },
      },
      async (request, reply) => {
        refuseOtherCustomers(request, request.body.customerId)
        const placed = await service.place(request.body, { ...idempotencyOf(request), ...traceOf(request) })
        if ('rejected' in placed) throw problems.from(placed)
        return reply.code(202).header('location', `/api/orders/${placed.orderId}`).send(placed)
      },
    )

    app.get(
      '/api/orders/:id',
      {
        config: { access: 'customer', waits: true },
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
        const customerId = onlyCustomerOf(request)
        const found =
          wait === undefined
            ? await service.queries.find(id)
            : await service.waitFor(id, wait, {
                timeoutMs: waitMs(timeout ?? '10s'),
                signal: request.signal,
                ...(customerId !== undefined && { customerId }),
              })
        if (found === undefined || isForeign(found, customerId)) throw notFound(id)
        return reply.header('etag', entityTagOf(found.version)).send(viewOf(found))
      },
    )

    app.get(
      '/api/orders/:id/events',
      {
        config: { access: 'customer', waits: true },
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
        if (subscription.initial === null || isForeign(subscription.initial, onlyCustomerOf(request))) {
          subscription.close()
          throw notFound(id)
        }
        return sendEvents(reply, subscription, {
          stopping: live.stopping,
          ...(hidesPersonal(request) && { view: (order: unknown) => withoutPersonal(order, OrderView) }),
        })
      },
    )

    for (const { action, summary, description, ask } of undoing(service)) {
      app.post(
        `/api/orders/:id/${action}`,
        {
          config: { access: 'customer' },
          // Who has no reason to give need not send a body.
          preValidation: async (request) => {
            request.body ??= { reason: 'CUSTOMER_REQUEST' }
          },
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
          const customerId = onlyCustomerOf(request)
          if (customerId !== undefined && (await service.queries.find(id))?.customerId !== customerId)
            throw notFound(id)
          const result = await ask(id, request.body, {
            ...idempotencyOf(request),
            ...traceOf(request),
            ...expectedVersionOf(request),
          })
          if (result.status === 'rejected') throw problems.from(result.rejection)
          const { status } = result.state
          if (status === 'NONE') throw notFound(id)
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
        config: { access: 'staff' },
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
        config: { access: 'customer' },
        schema: {
          summary: 'Orders, newest first, by customer and status',
          querystring: Filter,
          response: { 200: Page },
        },
      },
      async (request) => {
        const only = onlyCustomerOf(request)
        if (request.query.customerId !== undefined) refuseOtherCustomers(request, request.query.customerId)
        try {
          const { orders, ...next } = await service.queries.list({
            ...request.query,
            ...(only !== undefined && { customerId: only }),
          })
          return { orders: [...orders], ...next }
        } catch (error) {
          if (error instanceof BadCursorError)
            throw problems('BAD_CURSOR', '`after` must be the `next` of an earlier page of this list.')
          throw error
        }
      },
    )
  }

const notFound = (id: string) => problems('ORDER_NOT_FOUND', `There is no order ${id}.`)

/** Whether the order is another customer's than the only one whose orders the caller may see. */
const isForeign = (order: OrderDetail, customerId: string | undefined): boolean =>
  customerId !== undefined && order.customerId !== customerId

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
