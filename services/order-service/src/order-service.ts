import { randomUUIDv7 } from 'node:crypto'
import type { EventData, Money } from '@stocker/contracts'
import type { CommandBus, CommandMeta, CommandOf, CommandResult, Rejection, UnitOfWork } from '@stocker/cqrs'
import { reject } from '@stocker/cqrs'
import type { Catalogue } from './catalogue.ts'
import type { Order } from './order.ts'
import { order } from './order.ts'
import type { CountsByStatus } from './order-counts.ts'
import type { ParcelFact, PaymentFact } from './order-facts.ts'
import type { OrderDetail, OrderQueries } from './order-queries.ts'
import type { OrderStatus } from './order-status.ts'
import { isSettled } from './order-status.ts'
import type { OrderWatch } from './order-watch.ts'
import type { RequestedLine } from './pricing.ts'
import { priceLines } from './pricing.ts'

export interface OrderRequest {
  readonly customerId: string
  readonly lines: readonly RequestedLine[]
  readonly shippingAddress: EventData<'OrderCreatedEvent'>['shippingAddress']
  readonly paymentToken: string
  /** What the customer was shown. Another total is refused as PRICE_CHANGED. Default: whatever the catalogue says. */
  readonly expectedTotal?: Money
}

/** Why a customer wants it undone: a code, and more for a reader. */
export interface Wish {
  readonly reason: string
  readonly detail?: string
}

/** Who repeats what, and within which trace. */
export interface RequestIdentity {
  readonly idempotency?: { readonly key: string; readonly fingerprint: string }
  readonly traceparent?: string
  /** Number of steps that the caller has seen the order take. */
  readonly expectedVersion?: number
}

export interface WaitOptions {
  readonly timeoutMs: number
  /** Ends the waiting. */
  readonly signal: AbortSignal
  /** Whose order is waited for. Default: anybody's. */
  readonly customerId?: string
}

export type Placed = { readonly orderId: string; readonly status: OrderStatus } | Rejection

/** The commands and queries that the rest of the world may call. */
export class OrderService {
  readonly catalogue: Catalogue
  readonly queries: OrderQueries
  readonly #commands: CommandBus
  readonly #watch: OrderWatch
  readonly #counts: () => Promise<CountsByStatus>
  readonly #newId: () => string

  constructor(parts: {
    commands: CommandBus
    catalogue: Catalogue
    queries: OrderQueries
    watch: OrderWatch
    counts: () => Promise<CountsByStatus>
    /** Default: UUIDv7, so that new orders lie next to each other in every index. */
    newId?: () => string
  }) {
    this.#commands = parts.commands
    this.catalogue = parts.catalogue
    this.queries = parts.queries
    this.#watch = parts.watch
    this.#counts = parts.counts
    this.#newId = parts.newId ?? randomUUIDv7
  }

  /** Takes an order. The same idempotency key of a customer with the same request gives the first order again. */
  async place(request: OrderRequest, { idempotency, traceparent }: RequestIdentity = {}): Promise<Placed> {
    const priced = priceLines(request.lines, await this.catalogue.products())
    if ('rejected' in priced) return priced
    const changed = priceChange(request.expectedTotal, priced.total)
    if (changed !== null) return changed
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

  /** Undoes an order on its customer's wish, as far as it has come; rejected when it is on its way already. */
  requestCancellation(orderId: string, wish: Wish, identity: RequestIdentity = {}): Promise<CommandResult<Order>> {
    return this.#ask(orderId, { type: 'RequestCancellation', data: { orderId, ...wish } }, identity)
  }

  /** Takes back what was delivered. */
  requestReturn(orderId: string, wish: Wish, identity: RequestIdentity = {}): Promise<CommandResult<Order>> {
    return this.#ask(orderId, { type: 'RequestReturn', data: { orderId, ...wish } }, identity)
  }

  notePayment(unit: UnitOfWork, orderId: string, payment: PaymentFact): void {
    unit.execute(order, orderId, { type: 'NotePayment', data: { orderId, payment } })
  }

  noteParcel(unit: UnitOfWork, orderId: string, parcel: ParcelFact): void {
    unit.execute(order, orderId, { type: 'NoteParcel', data: { orderId, parcel } })
  }

  counts(): Promise<CountsByStatus> {
    return this.#counts()
  }

  /** The order once it has (or has had) `status` or can no longer get there; as it is when `timeoutMs` are over. */
  async waitFor(
    orderId: string,
    status: OrderStatus,
    { timeoutMs, signal, customerId }: WaitOptions,
  ): Promise<OrderDetail | undefined> {
    // Another customer's order is waited for as one that is not there: an answer at once would say that it is.
    const reached = ({ details, ...seen }: Order): boolean =>
      (customerId === undefined || details?.customerId === customerId) &&
      (isSettled(seen.status) || seen.history.some((entry) => entry.status === status))
    await this.#watch.waitFor(orderId, reached, timeoutMs, signal)
    return this.queries.find(orderId)
  }

  #ask(
    orderId: string,
    command: CommandOf<typeof order>,
    { idempotency, ...identity }: RequestIdentity,
  ): Promise<CommandResult<Order>> {
    return this.#commands.execute(order, orderId, command, {
      correlationId: orderId,
      ...identity,
      ...(idempotency && { idempotency: { ...idempotency, key: `order:${orderId}:${idempotency.key}` } }),
    })
  }
}

const priceChange = (expected: Money | undefined, total: Money): Rejection | null =>
  expected === undefined || (expected.amount === total.amount && expected.currency === total.currency)
    ? null
    : reject(
        'PRICE_CHANGED',
        `the total is ${total.amount} ${total.currency} now, in minor units; ${expected.amount} ${expected.currency} were expected`,
        { old: expected, new: total },
      )

/** A repeated request gets the answer of the first one, so the id is that of the first order. */
const placed = (result: CommandResult<Order>, orderId: string): Placed =>
  result.status === 'rejected'
    ? result.rejection
    : { orderId: result.state.details?.orderId ?? orderId, status: 'CREATED' }
