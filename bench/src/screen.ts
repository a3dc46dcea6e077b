import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startPlatform } from '@stocker/platform'
import { Client } from 'pg'
import { chromium } from 'playwright-core'
import { connectOrders } from './orders.ts'

/**
 * How long an event takes from its transaction to the screen: `node bench/src/screen.ts --orders 60 --rate 1`. Orders are placed one after the other while a
 * Chromium shows the console's Home. Of each event the time when it stood in the browser's document is held against the time of its transaction, so the publisher,
 * the broker, the console, the stream and the drawing are all in it.
 */
const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '60' },
    rate: { type: 'string', default: '1' },
    chromium: { type: 'string', default: process.env.CHROMIUM ?? '/usr/bin/chromium' },
  },
})
const [orders, rate] = [Number(values.orders), Number(values.rate)]
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update']

interface Seen {
  readonly order: string
  readonly type: string
  readonly at: number
}

await using platform = await startPlatform()
const browser = await chromium.launch({ executablePath: values.chromium, args: FLAGS })
const page = await browser.newPage()
await page.goto(`${platform.url('console')}/?t=${platform.consoleToken}`)
await page.getByRole('heading', { name: 'Events' }).waitFor()
await page.evaluate(() => {
  const seen: { order: string; type: string; at: number }[] = []
  const known = new Set<string>()
  Object.assign(globalThis, { seen })
  new MutationObserver(() => {
    for (const item of document.querySelectorAll('ol.feed li')) {
      const place = item.querySelector('.feed-place')?.textContent ?? ''
      if (known.has(place)) continue
      known.add(place)
      const order = item.querySelector('code[title]')?.getAttribute('title') ?? ''
      seen.push({ order, type: item.querySelector('.feed-type')?.textContent ?? '', at: Date.now() })
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true })
})

const load = await connectOrders(platform.url('order-service'), 4, (subject) => platform.token({ subject }))
const placed: string[] = []
for (let n = 0; n < orders; n += 1) {
  const order = await load.place()
  placed.push(order.orderId)
  await delay(1_000 / rate)
}
await delay(5_000)
const seen = (await page.evaluate('globalThis.seen')) as readonly Seen[]
await load.close()
await browser.close()

const storedAt = new Map<string, number>()
for (const database of ['order', 'payment', 'dispatch', 'delivery']) {
  const client = new Client({ connectionString: platform.postgres(database) })
  await client.connect()
  const { rows } = await client.query<{ order: string; type: string; at: Date }>(
    'select correlation_id as order, type, occurred_at as at from events where correlation_id = any($1)',
    [placed],
  )
  for (const { order, type, at } of rows) storedAt.set(`${order} ${type}`, at.getTime())
  await client.end()
}

const times = seen
  .flatMap(({ order, type, at }) => {
    const stored = storedAt.get(`${order} ${type}`)
    return stored === undefined ? [] : [at - stored]
  })
  .sort((a, b) => a - b)
const percentile = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
console.log(
  JSON.stringify({
    orders,
    events: times.length,
    p50Ms: percentile(0.5),
    p95Ms: percentile(0.95),
    p99Ms: percentile(0.99),
    maxMs: percentile(1),
  }),
)
