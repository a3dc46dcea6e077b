import { randomUUIDv7 } from 'node:crypto'
import type { EventData } from '@stocker/contracts'
import type { CommandBus, CommandMeta, CommandResult, EventStore, Rejection, UnitOfWork } from '@stocker/cqrs'
import type { Catalogue } from './catalogue.ts'
import type { Order, OrderStatus, PlacedOrder } from './order.ts'
import { isPlaced, order } from './order.ts'
import type { OrderQueries } from './order-queries.ts'
import type { OrderWatch } from './order-watch.ts'
import type { RequestedLine } from './pricing.ts'
import { priceLines } from './pricing.ts'

export interface OrderRequest {
  readonly customerId: string
  readonly lines: readonly RequestedLine[]
  readonly shippingAddress: EventData<'OrderCreatedEvent'>['shippingAddress']
  readonly paymentToken: string
}

/** Who repeats what, and within which trace. */
export interface RequestIdentity {
  readonly idempotency?: { readonly key: string; readonly fingerprint: string }
  readonly traceparent?: string
}

export type Placed = { readonly orderId: string; readonly status: OrderStatus } | Rejection

/** Nothing changes an order after these. */
const FINAL: ReadonlySet<Order['status']> = new Set(['DELIVERED', 'CANCELLED'])

/** The commands and queries that the rest of the world may call. */
export class OrderService {
  readonly catalogue: Catalogue
  readonly queries: OrderQueries
  readonly #commands: CommandBus
  readonly #store: EventStore
  readonly #watch: OrderWatch
  readonly #newId: () => string

  constructor(parts: {
    commands: CommandBus
    store: EventStore
    catalogue: Catalogue
    queries: OrderQueries
    watch: OrderWatch
    /** Default: UUIDv7, so that new orders lie next to each other in every index. */
    newId?: () => string
  }) {
    this.#commands = parts.commands
    this.#store = parts.store
    this.catalogue = parts.catalogue
    this.queries = parts.queries
    this.#watch = parts.watch
    this.#newId = parts.newId ?? randomUUIDv7
  }

  /** Takes an order. The same idempotency key of a customer with the same request gives the first order again. */
  async place(request: OrderRequest, { idempotency, traceparent }: RequestIdentity = {}): Promise<Placed> {
    const priced = priceLines(request.lines, await this.catalogue.products())
    if ('rejected' in priced) return priced
    const { customerId, shippingAddress, paymentToken } = request
    const orderId = this.#newId()
    const meta: CommandMeta = {
      correlationId: orderId,
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(idempotency === undefined
        ? {}
        : { idempotency: { ...idempotency, key: `order:${customerId}:${idempotency.key}` } }),
    }
    const result = await this.#commands.execute(
      order,
      orderId,
      { type: 'Create', data: { orderId, customerId, ...priced, shippingAddress, paymentToken } },
      meta,
    )
    return placed(result, orderId)
  }

  createFromCart(unit: UnitOfWork, checkout: EventData<'CartCheckedOutEvent'>): void {
    unit.execute(order, checkout.orderId, { type: 'Create', data: checkout })
  }

  advance(unit: UnitOfWork, orderId: string, step: 'Confirm' | 'MarkDispatched'): void {
    unit.execute(order, orderId, { type: step, data: { orderId } })
  }

  complete(unit: UnitOfWork, orderId: string, deliveredAt: string): void {
    unit.execute(order, orderId, { type: 'Complete', data: { orderId, deliveredAt } })
  }

  cancel(unit: UnitOfWork, orderId: string, reason: string, detail: string): void {
    unit.execute(order, orderId, { type: 'Cancel', data: { orderId, reason, detail } })
  }

  async find(orderId: string): Promise<PlacedOrder | undefined> {
    const { state } = await this.#store.load(order, orderId)
    return isPlaced(state) ? state : undefined
  }

  /** The order once it has (or has passed) `status` or can no longer get there; as it is when `timeoutMs` are over. */
  async waitFor(
    orderId: string,
    status: OrderStatus,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<PlacedOrder | undefined> {
    const reached = (seen: Order): boolean =>
      FINAL.has(seen.status) || seen.history.some((entry) => entry.status === status)
    const state = await this.#watch.waitFor(orderId, reached, timeoutMs, signal)
    return isPlaced(state) ? state : undefined
  }
}

/** A repeated request gets the answer of the first one, so the id is that of the first order. */
const placed = (result: CommandResult<Order>, orderId: string): Placed =>
  result.status === 'rejected'
    ? result.rejection
    : { orderId: result.state.details?.orderId ?? orderId, status: 'CREATED' }
