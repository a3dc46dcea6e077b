import type { EventData } from '@stocker/contracts'
import type { CommandBus, CommandOf, CommandResult, EventStore, RejectionOf, UnitOfWork } from '@stocker/cqrs'
import type { Dispatch, DispatchLine, Shortage } from './dispatch.ts'
import { dispatch } from './dispatch.ts'
import type { OrderLine, Stock } from './stock.ts'
import { availableOf, stock } from './stock.ts'
import type { StockQueries } from './stock-queries.ts'

type StockResult = CommandResult<Stock, RejectionOf<typeof stock>>

/** The commands and queries that the rest of the world may call. */
export class DispatchService {
  readonly stock: StockQueries
  readonly #commands: CommandBus
  readonly #store: EventStore
  readonly #lowThreshold: number

  constructor(parts: {
    readonly commands: CommandBus
    readonly store: EventStore
    readonly stock: StockQueries
    /** Of a SKU until it gets one of its own. Pieces. */
    readonly lowThreshold: number
  }) {
    this.#commands = parts.commands
    this.#store = parts.store
    this.stock = parts.stock
    this.#lowThreshold = parts.lowThreshold
  }

  async find(orderId: string): Promise<Dispatch | undefined> {
    const { state } = await this.#store.load(dispatch, orderId)
    return state.status === 'NONE' ? undefined : state
  }

  /** Reserves all lines of an order or none. Ships at once when the payment was here first. */
  reserve(unit: UnitOfWork, order: EventData<'OrderCreatedEvent'>): void {
    const { orderId, shippingAddress } = order
    const lines = quantityPerSku(order.lines)
    const { events } = unit.execute(dispatch, orderId, {
      type: 'Reserve',
      data: { orderId, lines, shippingAddress, shortages: shortagesOf(unit, lines) },
    })
    for (const event of events) {
      if (event.type === 'StockReservedEvent') this.#move(unit, orderId, (data) => ({ type: 'Allocate', data }))
      if (event.type === 'OrderDispatchedEvent') this.#move(unit, orderId, (data) => ({ type: 'Sell', data }))
    }
  }

  ship(unit: UnitOfWork, { orderId }: { readonly orderId: string }): void {
    const { events } = unit.execute(dispatch, orderId, { type: 'Ship', data: { orderId } })
    if (events.some(({ type }) => type === 'OrderDispatchedEvent'))
      this.#move(unit, orderId, (data) => ({ type: 'Sell', data }))
  }

  /** Nothing of the order is shipped any more, unless it is too late: then it comes back by {@link restock}. */
  release(unit: UnitOfWork, { orderId, reason }: { readonly orderId: string; readonly reason: string }): void {
    const { events } = unit.execute(dispatch, orderId, { type: 'Release', data: { orderId, reason } })
    if (events.length > 0) this.#move(unit, orderId, (line) => ({ type: 'Free', data: { ...line, reason } }))
  }

  /** The parcel is back: its pieces can be sold again. */
  restock(unit: UnitOfWork, { orderId, reason }: { readonly orderId: string; readonly reason: string }): void {
    const { events } = unit.execute(dispatch, orderId, { type: 'Return', data: { orderId, reason } })
    if (events.length > 0) this.#move(unit, orderId, (line) => ({ type: 'Return', data: { ...line, reason } }))
  }

  /** Books the opening stock; what has stock already stays as it is. */
  openStock(sku: string, quantity: number): Promise<StockResult> {
    const data = { sku, quantity, threshold: this.#lowThreshold }
    return this.#commands.execute(stock, sku, { type: 'Open', data }, { correlationId: sku })
  }

  /** Goods came in, were counted or were lost. The same idempotency key counts once. */
  adjustStock(
    sku: string,
    adjustment: { readonly quantity: number; readonly reason: string },
    idempotency?: { readonly key: string; readonly fingerprint: string },
  ): Promise<StockResult> {
    return this.#commands.execute(
      stock,
      sku,
      { type: 'Adjust', data: { sku, ...adjustment, threshold: this.#lowThreshold } },
      {
        correlationId: sku,
        ...(idempotency === undefined
          ? {}
          : { idempotency: { ...idempotency, key: `stock:${sku}:${idempotency.key}` } }),
      },
    )
  }

  /** So many available pieces, or fewer, are a low stock of this SKU from now on. */
  setThreshold(sku: string, threshold: number): Promise<StockResult> {
    return this.#commands.execute(
      stock,
      sku,
      { type: 'SetThreshold', data: { sku, threshold } },
      { correlationId: sku },
    )
  }

  /** One movement for each line of the order. */
  #move(unit: UnitOfWork, orderId: string, commandOf: (line: OrderLine) => CommandOf<typeof stock>): void {
    for (const { sku, quantity } of unit.state(dispatch, orderId).lines) {
      unit.execute(stock, sku, commandOf({ sku, orderId, quantity }))
    }
  }
}

/** Two lines of one SKU count together: each alone may be there while both are not. */
const quantityPerSku = (lines: readonly DispatchLine[]): DispatchLine[] => {
  const quantities = new Map<string, number>()
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity)
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }))
}

const shortagesOf = (unit: UnitOfWork, lines: readonly DispatchLine[]): Shortage[] =>
  lines
    .map(({ sku, quantity }) => ({ sku, requested: quantity, available: availableOf(unit.state(stock, sku)) }))
    .filter(({ requested, available }) => available < requested)
