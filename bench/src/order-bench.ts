import { setTimeout as delay } from 'node:timers/promises'
import type { OrderLoad, watchDelivered } from './orders.ts'

type Delivered = Awaited<ReturnType<typeof watchDelivered>>

export interface Burst {
  readonly acceptedPerSecond: number
  readonly completedPerSecond: number
}

/** `orders` orders as fast as `connections` connections take them, and the time until the last one is delivered. */
export const burst = async (
  load: OrderLoad,
  delivered: Delivered,
  orders: number,
  connections: number,
): Promise<Burst> => {
  const before = await delivered.count()
  const startedAt = performance.now()
  let left = orders
  const connection = async (): Promise<void> => {
    while (left-- > 0) await load.place()
  }
  await Promise.all(Array.from({ length: connections }, connection))
  const acceptedMs = performance.now() - startedAt
  await delivered.until(before + orders, 120_000)
  const completedMs = performance.now() - startedAt
  return { acceptedPerSecond: (orders * 1000) / acceptedMs, completedPerSecond: (orders * 1000) / completedMs }
}

export interface Latency {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** Milliseconds from POST to DELIVERED at a steady rate. */
export const latency = async (load: OrderLoad, perSecond: number, seconds: number): Promise<Latency> => {
  const startedAt = performance.now()
  const times = await Promise.all(
    Array.from({ length: perSecond * seconds }, async (_, n) => {
      await delay(Math.max(0, startedAt + (n * 1000) / perSecond - performance.now()))
      const postedAt = performance.now()
      const order = await load.place()
      const status = await order.delivered()
      if (status !== 'DELIVERED') throw new Error(`order ${order.orderId} is ${status}`)
      return performance.now() - postedAt
    }),
  )
  times.sort((a, b) => a - b)
  const percentile = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return { p50: percentile(0.5), p95: percentile(0.95), p99: percentile(0.99) }
}
