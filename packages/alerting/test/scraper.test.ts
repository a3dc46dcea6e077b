import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { afterEach, describe, expect, test } from 'vitest'
import {
  createSampleStore,
  createScraper,
  evaluatePromql,
  formatLabels,
  httpTarget,
  parsePromql,
} from '../src/index.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

type Answer = { readonly status?: number; readonly body?: string; readonly hangs?: boolean }

/** A service whose /metrics the test writes. */
async function serviceOf(answer: () => Answer | Promise<Answer>) {
  const server = createServer(async (request, response) => {
    const { status = 200, body = '', hangs = false } = request.url === '/metrics' ? await answer() : { status: 404 }
    if (!hangs) response.writeHead(status).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function scraped(answer: () => Answer | Promise<Answer>, timeoutMs = 3_000) {
  const url = await serviceOf(answer)
  const store = createSampleStore({ retention: () => 600_000 })
  const scraper = createScraper({ store, targets: [httpTarget('shop', url)], timeoutMs })
  const ask = (expression: string, atMs: number) =>
    evaluatePromql(parsePromql(expression), { source: store, atMs })
      .map(({ labels, value }) => `${formatLabels(labels)} ${value}`)
      .sort()
  return { scraper, store, ask }
}

describe('a service is scraped', () => {
  test('in the format that its client library writes, with labels that say where from', async () => {
    const registry = new Registry()
    const orders = new Counter({
      name: 'orders_total',
      help: 'a "help" {}',
      labelNames: ['sku'],
      registers: [registry],
    })
    const age = new Gauge({ name: 'age_seconds', help: 'x', registers: [registry] })
    const took = new Histogram({ name: 'took', help: 'x', buckets: [0.1, 1], registers: [registry] })
    orders.inc({ sku: 'a "mug" \\ with\n{}' }, 3)
    orders.inc({ sku: '' }, 1e21)
    age.set(Number.NaN)
    took.observe(0.5)
    const { scraper, ask } = await scraped(async () => ({ body: await registry.metrics() }))

    await scraper.scrape(1_000)

    expect(ask('sum without (job, instance) (orders_total)', 1_000)).toEqual([
      '{sku="a \\"mug\\" \\\\ with\\n{}"} 3',
      '{} 1e+21',
    ])
    expect(ask('sum by (le) (took_bucket)', 1_000)).toEqual(['{le="+Inf"} 1', '{le="0.1"} 0', '{le="1"} 1'])
    expect(ask('age_seconds', 1_000)).toEqual([expect.stringContaining(' NaN')])
    expect(ask('sum by (job) (up)', 1_000)).toEqual(['{job="shop"} 1'])
  })

  test('and a series that it does not tell any more has ended, at once', async () => {
    let body = 'a{x="1"} 1\na{x="2"} 2\n'
    const { scraper, ask } = await scraped(() => ({ body }))
    await scraper.scrape(1_000)
    body = 'a{x="2"} 3\n'
    await scraper.scrape(2_000)

    expect(ask('sum by (x) (a)', 2_000)).toEqual(['{x="2"} 3'])
    expect(ask('sum by (x) (a)', 1_500)).toEqual(['{x="1"} 1', '{x="2"} 2'])
  })

  test('and is down, with all of its series ended, as soon as it does not answer as it should', async () => {
    const answers: readonly (readonly [Answer, string])[] = [
      [{ status: 503 }, 'answered 503'],
      [{ body: 'a 1\nnonsense\n' }, 'Line 2 is no sample: nonsense'],
      [{ hangs: true }, 'no answer within 200 ms'],
    ]
    let answer: Answer = { body: 'a 1\n' }
    const { scraper, ask } = await scraped(() => answer, 200)
    for (const [index, [bad, reason]] of answers.entries()) {
      const atMs = (index + 1) * 2_000
      answer = { body: 'a 1\n' }
      await scraper.scrape(atMs - 1_000)
      expect(ask('sum(a) + sum(up)', atMs - 1_000)).toEqual(['{} 2'])
      answer = bad
      await scraper.scrape(atMs)
      expect(ask('sum(up)', atMs)).toEqual(['{} 0'])
      expect(ask('a', atMs)).toEqual([])
      expect(scraper.targets()).toMatchObject([{ job: 'shop', up: false, error: expect.stringContaining(reason) }])
    }
  })

  test('and is down when nobody listens', async () => {
    const store = createSampleStore({ retention: () => 600_000 })
    const scraper = createScraper({ store, targets: [httpTarget('gone', 'http://127.0.0.1:9')] })

    await scraper.scrape(1_000)

    expect(scraper.targets()).toMatchObject([
      { job: 'gone', instance: '127.0.0.1:9', up: false, error: expect.any(String) },
    ])
  })

  test('and keeps its own job and instance under another name', async () => {
    const { scraper, ask } = await scraped(() => ({ body: 'a{job="inner",instance="i"} 1\n' }))

    await scraper.scrape(1_000)

    expect(ask('sum by (job, exported_job, exported_instance) (a)', 1_000)).toEqual([
      '{exported_instance="i", exported_job="inner", job="shop"} 1',
    ])
  })
})
