import type { EventData } from '@stocker/contracts'
import type { CommandBus, CommandResult, EventStore, UnitOfWork } from '@stocker/cqrs'
import type { Dispatch, DispatchLine, Shortage } from './dispatch.ts'
import { dispatch } from './dispatch.ts'
import type { Stock } from './stock.ts'
import { availableOf, stock } from './stock.ts'
import type { StockQueries } from './stock-queries.ts'

/** The commands and queries that the rest of the world may call. */
export class DispatchService {
  readonly stock: StockQueries
  readonly #commands: CommandBus
  readonly #store: EventStore

  constructor(parts: { commands: CommandBus; store: EventStore; stock: StockQueries }) {
    this.#commands = parts.commands
    this.#store = parts.store
    this.stock = parts.stock
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
      if (event.type === 'StockReservedEvent') this.#move(unit, 'Allocate', orderId, lines)
      if (event.type === 'OrderDispatchedEvent') this.#move(unit, 'Sell', orderId, lines)
    }
  }

  ship(unit: UnitOfWork, orderId: string): void {
    const { events } = unit.execute(dispatch, orderId, { type: 'Ship', data: { orderId } })
    if (events.some((event) => event.type === 'OrderDispatchedEvent')) {
      this.#move(unit, 'Sell', orderId, unit.state(dispatch, orderId).lines)
    }
  }

  release(unit: UnitOfWork, orderId: string, reason: string): void {
    const { events } = unit.execute(dispatch, orderId, { type: 'Release', data: { orderId, reason } })
    if (events.length === 0) return
    for (const { sku, quantity } of unit.state(dispatch, orderId).lines) {
      unit.execute(stock, sku, { type: 'Free', data: { sku, orderId, quantity, reason } })
    }
  }

  /** Books the opening stock; what has stock already stays as it is. */
  openStock(sku: string, quantity: number): Promise<CommandResult<Stock>> {
    return this.#commands.execute(stock, sku, { type: 'Open', data: { sku, quantity } }, { correlationId: sku })
  }

  /** Goods came in, were counted or were lost. The same idempotency key counts once. */
  adjustStock(
    sku: string,
    adjustment: { readonly quantity: number; readonly reason: string },
    idempotency?: { readonly key: string; readonly fingerprint: string },
  ): Promise<CommandResult<Stock>> {
    return this.#commands.execute(
      stock,
      sku,
      { type: 'Adjust', data: { sku, ...adjustment } },
      {
        correlationId: sku,
        ...(idempotency === undefined
          ? {}
          : { idempotency: { ...idempotency, key: `stock:${sku}:${idempotency.key}` } }),
      },
    )
  }

  #move(unit: UnitOfWork, type: 'Allocate' | 'Sell', orderId: string, lines: readonly DispatchLine[]): void {
    for (const { sku, quantity } of lines) unit.execute(stock, sku, { type, data: { sku, orderId, quantity } })
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
