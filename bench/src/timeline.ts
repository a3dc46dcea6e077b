import { parseArgs } from 'node:util'
import { startPlatform } from '@stocker/platform'
import { Client } from 'pg'
import { copyOrders } from './copied-orders.ts'
import { burst } from './order-bench.ts'
import { connectOrders, watchDelivered } from './orders.ts'

/**
 * How long the console takes for one order, its reason and its list, with so many orders in the stores:
 * `node bench/src/timeline.ts --orders 100000`. Some of them go through the platform, the others are copies of their rows.
 */
const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '100000' },
    real: { type: 'string', default: '2000' },
    looks: { type: 'string', default: '300' },
  },
})
const [orders, real, looks] = [Number(values.orders), Number(values.real), Number(values.looks)]
const CONNECTIONS = 32
/** From the order to its delivery and the money taken: handled messages, answers of partners, and the command. */
const STEPS_OF_AN_ORDER = 15
const log = (line: string): void => console.error(line)

await using platform = await startPlatform()
log(`platform ready after ${platform.seconds.toFixed(1)} s`)
const load = await connectOrders(platform.url('order-service'), CONNECTIONS, (subject) => platform.token({ subject }))
const delivered = await watchDelivered(platform.postgres('order'))
await burst(load, delivered, real, CONNECTIONS)
await load.close()
await delivered.close()
log(`${real} orders went through`)
for (const { name } of platform.services) if (name !== 'console') await platform.act(name, 'stop')
const inStores = await copyOrders((database) => platform.postgres(database), orders, log)

const ids = await someOrders(looks)
for (const id of ids.slice(0, 20)) requireWhole(await ask(`orders/${id}/timeline`))
const paths = {
  timeline: (id: string) => `orders/${id}/timeline`,
  'timeline.txt': (id: string) => `orders/${id}/timeline.txt`,
  waiting: (id: string) => `orders/${id}/waiting`,
  list: () => 'orders',
  'search by id': (id: string) => `orders?search=${id}`,
  'search by the end of an id': (id: string) => `orders?search=${id.slice(-10)}`,
  stuck: () => 'orders/stuck',
  sagas: () => 'sagas',
} as const
const result: Record<string, unknown> = { orders: inStores }
for (const [name, pathOf] of Object.entries(paths)) {
  const times: number[] = []
  for (const id of ids) {
    const startedAt = performance.now()
    await ask(pathOf(id))
    times.push(performance.now() - startedAt)
  }
  result[name] = percentiles(times)
}
console.log(JSON.stringify(result, null, 2))

async function someOrders(count: number): Promise<readonly string[]> {
  const client = new Client({ connectionString: platform.postgres('order') })
  await client.connect()
  const { rows } = await client.query<{ order_id: string }>('select order_id from orders order by random() limit $1', [
    count,
  ])
  await client.end()
  return rows.map(({ order_id: id }) => id)
}

/** What is measured must be the whole story of an order, copied or not. */
function requireWhole(text: string): void {
  const { orderId, status, totalSteps } = JSON.parse(text) as {
    readonly orderId: string
    readonly status: string
    readonly totalSteps: number
  }
  if (status !== 'DELIVERED' || totalSteps !== STEPS_OF_AN_ORDER)
    throw new Error(`order ${orderId} is ${status} after ${totalSteps} steps`)
}

async function ask(path: string): Promise<string> {
  const response = await fetch(`${platform.url('console')}/ops/api/${path}`, {
    headers: { authorization: `Bearer ${platform.consoleToken}` },
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
  return text
}

/** Milliseconds. The first looks find cold connections and pages, and count as well. */
function percentiles(times: number[]): Record<string, number> {
  times.sort((a, b) => a - b)
  const at = (share: number): number =>
    Math.round((times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0) * 10) / 10
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}
