import { KafkaConfigError } from '../errors.ts'

export interface OrderedRetryOptions {
  /**
   * Records that may be parked at a time, by each member of the group. At this number the partitions with parked records are held until a
   * quarter of it is free again. Default 10 000.
   */
  readonly maxParkedRecords?: number
  /**
   * How far a partition may get beyond its oldest parked record, and so beyond what is committed. At this distance it is held until the distance
   * has fallen by a quarter. Offsets, default 500 000.
   */
  readonly maxDistance?: number
}

export const ORDERED_RETRY_DEFAULTS = { maxParkedRecords: 10_000, maxDistance: 500_000 } as const

export type OrderedRetryBounds = Required<OrderedRetryOptions>

/** @throws KafkaConfigError INVALID_VALUE */
export function orderedRetryBounds(options: OrderedRetryOptions): OrderedRetryBounds {
  const bounds = { ...ORDERED_RETRY_DEFAULTS, ...options }
  for (const [name, value] of Object.entries(bounds)) {
    if (!(Number.isSafeInteger(value) && value >= 1)) {
      throw new KafkaConfigError('INVALID_VALUE', `Ordered retry needs a whole number from 1 as ${name}, not ${value}`)
    }
  }
  return bounds
}
