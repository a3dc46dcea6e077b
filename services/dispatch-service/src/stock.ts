import { defineAggregate, reject } from '@stocker/cqrs'

/** What is known of one SKU. `available` is `onHand - reserved`; it is never negative. */
export interface Stock {
  /** Whether anything was ever booked. */
  readonly opened: boolean
  readonly onHand: number
  readonly reserved: number
}

/** Every movement is an event, so that the stock of today can be explained movement by movement. */
export type StockEvents = {
  /** Goods came in, were counted or were lost: `quantity` may be negative. */
  StockAdjusted: { readonly sku: string; readonly quantity: number; readonly reason: string }
  StockAllocated: { readonly sku: string; readonly orderId: string; readonly quantity: number }
  StockSold: { readonly sku: string; readonly orderId: string; readonly quantity: number }
  StockFreed: { readonly sku: string; readonly orderId: string; readonly quantity: number; readonly reason: string }
}

export type StockCommands = {
  /** Books the opening stock; a SKU that was opened or adjusted before stays as it is. */
  Open: { readonly sku: string; readonly quantity: number }
  Adjust: { readonly sku: string; readonly quantity: number; readonly reason: string }
  Allocate: { readonly sku: string; readonly orderId: string; readonly quantity: number }
  Sell: { readonly sku: string; readonly orderId: string; readonly quantity: number }
  Free: { readonly sku: string; readonly orderId: string; readonly quantity: number; readonly reason: string }
}

export const availableOf = (stock: Stock): number => stock.onHand - stock.reserved

export const stock = defineAggregate<Stock, StockCommands, StockEvents>({
  name: 'stock',
  initial: { opened: false, onHand: 0, reserved: 0 },
  // A popular SKU collects events for ever; loading it must not.
  snapshotEvery: 500,
  decide: {
    Open: ({ sku, quantity }, state) =>
      state.opened ? [] : [{ type: 'StockAdjusted', data: { sku, quantity, reason: 'opening stock' } }],
    Adjust: (adjustment, state) =>
      availableOf(state) + adjustment.quantity < 0
        ? reject(
            'INSUFFICIENT_STOCK',
            `${adjustment.sku} has ${availableOf(state)} available; it cannot be adjusted by ${adjustment.quantity}`,
            { sku: adjustment.sku, available: availableOf(state) },
          )
        : [{ type: 'StockAdjusted', data: adjustment }],
    Allocate: (line, state) =>
      line.quantity > availableOf(state)
        ? reject('OUT_OF_STOCK', `${line.sku} has ${availableOf(state)} available, ${line.quantity} were asked for`, {
            sku: line.sku,
            requested: line.quantity,
            available: availableOf(state),
          })
        : [{ type: 'StockAllocated', data: line }],
    Sell: (line) => [{ type: 'StockSold', data: line }],
    Free: (line) => [{ type: 'StockFreed', data: line }],
  },
  evolve: {
    StockAdjusted: (state, { quantity }) => ({ ...state, opened: true, onHand: state.onHand + quantity }),
    StockAllocated: (state, { quantity }) => ({ ...state, reserved: state.reserved + quantity }),
    StockSold: (state, { quantity }) => ({
      ...state,
      onHand: state.onHand - quantity,
      reserved: state.reserved - quantity,
    }),
    StockFreed: (state, { quantity }) => ({ ...state, reserved: state.reserved - quantity }),
  },
})
