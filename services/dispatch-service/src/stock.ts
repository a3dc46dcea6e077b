import type { DomainEvent } from '@stocker/cqrs'
import { defineAggregate, reject } from '@stocker/cqrs'

/** OUT: nothing is available. LOW: no more than the threshold. */
export const STOCK_LEVELS = ['OK', 'LOW', 'OUT'] as const
export type StockLevel = (typeof STOCK_LEVELS)[number]

/** What is known of one SKU, in pieces. `available` is `onHand - reserved`; it is never negative. */
export interface Stock {
  /** Whether anything was ever booked. */
  readonly opened: boolean
  readonly onHand: number
  readonly reserved: number
  /** All that ever came in, less what was taken out by an adjustment: `onHand` is `stocked - sold + returned`. */
  readonly stocked: number
  readonly sold: number
  readonly returned: number
  /** So many available pieces, or fewer, are a low stock. null: it was opened before there were thresholds. */
  readonly threshold: number | null
}

/** What an order takes of one SKU. */
export interface OrderLine {
  readonly sku: string
  readonly orderId: string
  readonly quantity: number
}

/** Every movement is an event, so that the stock of today can be explained movement by movement. */
export type StockMovements = {
  /** Goods came in, were counted or were lost: `quantity` may be negative. */
  StockAdjusted: { readonly sku: string; readonly quantity: number; readonly reason: string }
  StockAllocated: OrderLine
  StockSold: OrderLine
  StockFreed: OrderLine & { readonly reason: string }
  StockReturned: OrderLine & { readonly reason: string }
}

/** Told once each time that the stock crosses its threshold or its end, down or up; they move nothing. */
export type StockAnnouncements = {
  StockRanLow: { readonly sku: string; readonly available: number; readonly threshold: number }
  StockRanOut: { readonly sku: string }
  /** `level`: LOW when there are some again, but few. */
  StockReplenished: { readonly sku: string; readonly available: number; readonly level: StockLevel }
}

export type StockEvents = StockMovements &
  StockAnnouncements & { StockThresholdSet: { readonly sku: string; readonly threshold: number } }

export type StockCommands = {
  /** Books the opening stock; a SKU that was opened or adjusted before keeps its stock. `threshold`: for one that has none. */
  Open: { readonly sku: string; readonly quantity: number; readonly threshold: number }
  /** `threshold`: for a SKU that this opens. */
  Adjust: { readonly sku: string; readonly quantity: number; readonly reason: string; readonly threshold: number }
  Allocate: OrderLine
  Sell: OrderLine
  Free: OrderLine & { readonly reason: string }
  Return: OrderLine & { readonly reason: string }
  SetThreshold: { readonly sku: string; readonly threshold: number }
}

type StockRejections = 'INSUFFICIENT_STOCK' | 'OUT_OF_STOCK' | 'STOCK_NOT_FOUND'

export const availableOf = (stock: Stock): number => stock.onHand - stock.reserved

export const levelOf = (stock: Stock): StockLevel => {
  const available = availableOf(stock)
  if (available <= 0) return 'OUT'
  return available <= (stock.threshold ?? 0) ? 'LOW' : 'OK'
}

const evolve = {
  StockAdjusted: (state: Stock, { quantity }: StockMovements['StockAdjusted']): Stock => ({
    ...state,
    opened: true,
    onHand: state.onHand + quantity,
    stocked: state.stocked + quantity,
  }),
  StockAllocated: (state: Stock, { quantity }: OrderLine): Stock => ({ ...state, reserved: state.reserved + quantity }),
  StockSold: (state: Stock, { quantity }: OrderLine): Stock => ({
    ...state,
    onHand: state.onHand - quantity,
    reserved: state.reserved - quantity,
    sold: state.sold + quantity,
  }),
  StockFreed: (state: Stock, { quantity }: OrderLine): Stock => ({ ...state, reserved: state.reserved - quantity }),
  StockReturned: (state: Stock, { quantity }: OrderLine): Stock => ({
    ...state,
    onHand: state.onHand + quantity,
    returned: state.returned + quantity,
  }),
  StockThresholdSet: (state: Stock, { threshold }: StockEvents['StockThresholdSet']): Stock => ({
    ...state,
    threshold,
  }),
  StockRanLow: (state: Stock): Stock => state,
  StockRanOut: (state: Stock): Stock => state,
  StockReplenished: (state: Stock): Stock => state,
}

type Event = DomainEvent<StockEvents>

/** What there is to say when the stock goes from one state to another. A SKU that is opened has run out of nothing. */
const announcement = (sku: string, before: Stock, after: Stock): readonly Event[] => {
  const [from, to] = [before.opened ? levelOf(before) : 'OK', levelOf(after)]
  if (from === to) return []
  const available = availableOf(after)
  if (STOCK_LEVELS.indexOf(to) < STOCK_LEVELS.indexOf(from))
    return [{ type: 'StockReplenished', data: { sku, available, level: to } }]
  return to === 'OUT'
    ? [{ type: 'StockRanOut', data: { sku } }]
    : [{ type: 'StockRanLow', data: { sku, available, threshold: after.threshold ?? 0 } }]
}

const announced = (state: Stock, ...events: readonly Event[]): readonly Event[] => {
  const after = events.reduce((now, { type, data }) => evolve[type](now, data as never), state)
  const sku = events[0]?.data.sku ?? ''
  return [...events, ...announcement(sku, state, after)]
}

const thresholdSet = (sku: string, threshold: number): Event => ({
  type: 'StockThresholdSet',
  data: { sku, threshold },
})

export const stock = defineAggregate<Stock, StockCommands, StockEvents, StockRejections>({
  name: 'stock',
  initial: { opened: false, onHand: 0, reserved: 0, stocked: 0, sold: 0, returned: 0, threshold: null },
  // A popular SKU collects events for ever; loading it must not.
  snapshotEvery: 500,
  snapshotRevision: 2,
  decide: {
    Open: ({ sku, quantity, threshold }, state) => {
      const opening: Event = { type: 'StockAdjusted', data: { sku, quantity, reason: 'opening stock' } }
      if (!state.opened) return announced(state, thresholdSet(sku, threshold), opening)
      return state.threshold === null ? announced(state, thresholdSet(sku, threshold)) : []
    },
    Adjust: ({ threshold, ...adjustment }, state) => {
      const { sku, quantity } = adjustment
      const available = availableOf(state)
      if (available + quantity < 0)
        return reject('INSUFFICIENT_STOCK', `${sku} has ${available} available; it cannot be adjusted by ${quantity}`, {
          sku,
          available,
        })
      const adjusted: Event = { type: 'StockAdjusted', data: adjustment }
      return state.opened ? announced(state, adjusted) : announced(state, thresholdSet(sku, threshold), adjusted)
    },
    Allocate: (line, state) => {
      const available = availableOf(state)
      return line.quantity > available
        ? reject('OUT_OF_STOCK', `${line.sku} has ${available} available, ${line.quantity} were asked for`, {
            sku: line.sku,
            requested: line.quantity,
            available,
          })
        : announced(state, { type: 'StockAllocated', data: line })
    },
    Sell: (line) => [{ type: 'StockSold', data: line }],
    Free: (line, state) => announced(state, { type: 'StockFreed', data: line }),
    Return: (line, state) => announced(state, { type: 'StockReturned', data: line }),
    SetThreshold: ({ sku, threshold }, state) => {
      if (!state.opened) return reject('STOCK_NOT_FOUND', `no stock of ${sku} was ever recorded`, { sku })
      return state.threshold === threshold ? [] : announced(state, thresholdSet(sku, threshold))
    },
  },
  evolve,
})
