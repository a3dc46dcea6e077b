import type { NewEvent } from '@stocker/cqrs'
import type { StockMovements } from './stock.ts'

/** Stored event → what people call the movement. */
const MOVEMENTS = {
  StockAdjusted: 'ADJUSTMENT',
  StockAllocated: 'RESERVATION',
  StockSold: 'SALE',
  StockFreed: 'RELEASE',
  StockReturned: 'RETURN',
} as const satisfies Record<keyof StockMovements, string>

export const MOVEMENT_TYPES = Object.values(MOVEMENTS)
export type MovementType = (typeof MOVEMENT_TYPES)[number]

export interface StockMovement {
  /** Place among the events of its SKU. */
  readonly number: number
  readonly type: MovementType
  /** Pieces; negative only for an adjustment that takes some away. */
  readonly quantity: number
  readonly orderId?: string
  readonly reason?: string
  /** ISO 8601, UTC. */
  readonly at: string
}

const isMovement = (type: string): type is keyof StockMovements => Object.hasOwn(MOVEMENTS, type)

/** The movements among the events of a SKU, in their order. */
export const movementsOf = (events: readonly NewEvent[]): StockMovement[] =>
  events.flatMap(({ type, version, data, occurredAt }) => {
    if (!isMovement(type)) return []
    const { quantity, orderId, reason } = data as { quantity: number; orderId?: string; reason?: string }
    return [
      {
        number: version,
        type: MOVEMENTS[type],
        quantity,
        ...(orderId !== undefined && { orderId }),
        ...(reason !== undefined && { reason }),
        at: occurredAt,
      },
    ]
  })
