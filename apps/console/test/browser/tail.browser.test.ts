import { setTimeout as delay } from 'node:timers/promises'
import { EVENTS } from '@stocker/contracts'
import { KafkaProducerConfig } from '@stocker/kafka-config'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshTopic, range, testConfig } from '../../../../packages/kafka-config/test/support.ts'
import { waitFor } from '../../../../test/servers.ts'
import type { TestConsole } from '../start-console.ts'
import { startConsole, TOKENS } from '../start-console.ts'
import type { Browser } from './chromium.ts'
import { openBrowser, WITHOUT_BROWSER } from './chromium.ts'

/** The whole measurement: `TAIL_SECONDS=120 npx vitest run apps/console/test/browser/tail.browser.test.ts`. By default as short as the rows take to be full twice. */
const SECONDS = Number(process.env.TAIL_SECONDS ?? 26)
const PER_SECOND = 5_000
/** What the page keeps. */
const ROWS = 2_000
const PARTS = 4

describe.skipIf(WITHOUT_BROWSER !== undefined)('a tail of 5,000 records a second', () => {
  let browser: Browser
  let opened: TestConsole
  beforeAll(async () => {
    opened = await startConsole()
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await opened?.[Symbol.asyncDispose]()
  })

  async function openTail() {
    const config = testConfig()
    const topic = await freshTopic(config, 'tail', { partitions: 3 })
    const sender = new KafkaProducerConfig(config).createSender()
    const context = await browser.open()
    const page = await context.newPage()
    await page.goto(`${opened.url}/login?t=${TOKENS.developer}`)
    await page.goto(`${opened.url}/messages/${topic}?view=tail`)
    await page.getByText('0 came in').waitFor()
    return { topic, sender, page }
  }

  it(
    'counts every one, keeps 2,000 rows, and takes no more memory the longer it goes on',
    async () => {
      const { topic, sender, page } = await openTail()
      const value = JSON.stringify(EVENTS.OrderCreatedEvent.sample)
      const heaps: number[] = []
      let sent = 0
      const startedAt = performance.now()
      for (let second = 0; second < SECONDS; second++) {
        for (const part of range(10)) {
          await sender.sendAll(range(PER_SECOND / 10).map((n) => ({ topic, key: `key-${(sent + n) % 1_000}`, value })))
          sent += PER_SECOND / 10
          // The rate; a slower machine sends as fast as it can.
          await delay(Math.max(0, startedAt + second * 1_000 + (part + 1) * 100 - performance.now()))
        }
        if ((second + 1) % Math.ceil(SECONDS / PARTS) === 0) heaps.push(await heapOf(page))
      }

      await waitFor(async () => (await counted(page)) === sent, {
        what: `${sent} records in the page`,
      })
      expect(await page.getByRole('row').count()).toBe(ROWS + 1)
      expect(await page.getByText(/^showing 1 in \d+$/).count()).toBe(1)
      const seconds = (performance.now() - startedAt) / 1_000
      console.log(
        `${sent} records in ${seconds.toFixed(1)} s; heap of the page after each quarter: ${heaps.map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`).join(', ')}`,
      )
      // From the second quarter on the rows are full.
      const [, full = 0, ...later] = heaps
      for (const heap of later) expect(heap).toBeLessThan(full * 1.25)
      await sender.close()
    },
    SECONDS * 3_000 + 60_000,
  )
})

/** What is really used: after a garbage collection. Bytes. */
async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
  return usedSize
}

async function counted(page: Page): Promise<number> {
  const text = await page.locator('.tail-bar').innerText()
  return Number(/([\d,]+) came in/.exec(text)?.[1]?.replaceAll(',', ''))
}
