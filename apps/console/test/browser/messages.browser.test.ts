import { randomUUID } from 'node:crypto'
import { EVENTS } from '@stocker/contracts'
import { KafkaProducerConfig } from '@stocker/kafka-config'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshTopic, range, testConfig } from '../../../../packages/kafka-config/test/support.ts'
import type { TestTopics } from '../../../../test/kafka-records.ts'
import { testTopics } from '../../../../test/kafka-records.ts'
import type { TestConsole } from '../start-console.ts'
import { startConsole, TOKENS } from '../start-console.ts'
import type { Browser } from './chromium.ts'
import { openBrowser, WITHOUT_BROWSER } from './chromium.ts'
import { visit } from './visit.ts'

const CLEAN = { barriers: [], policyViolations: [], outsideRequests: [], scriptErrors: [] }

/** An order that was created and confirmed, with events of its own. */
function orderEvents() {
  const orderId = randomUUID()
  const created = { ...EVENTS.OrderCreatedEvent.sample, orderId, correlationId: orderId, eventId: randomUUID() }
  const confirmed = {
    ...EVENTS.OrderConfirmedEvent.sample,
    orderId,
    correlationId: orderId,
    eventId: randomUUID(),
    causationId: created.eventId,
  }
  return { orderId, created, confirmed }
}

describe.skipIf(WITHOUT_BROWSER !== undefined)('the pages of the messages', () => {
  let browser: Browser
  let opened: TestConsole
  let topics: TestTopics
  beforeAll(async () => {
    topics = await testTopics(
      ['cart-events', 'order-events', 'payment-events', 'dispatch-events', 'delivery-events', 'catalog-events'],
      ['order-events'],
    )
    opened = await startConsole()
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await opened?.[Symbol.asyncDispose]()
    await topics?.[Symbol.asyncDispose]()
  })

  async function openPage(theme: 'light' | 'dark' = 'light', role: keyof typeof TOKENS = 'developer') {
    const context = await browser.open({ theme })
    const page = await context.newPage()
    await page.goto(`${opened.url}/login?t=${TOKENS[role]}`)
    return page
  }

  it.each(['light', 'dark'] as const)('can be read by everybody, %s', async (theme) => {
    const { orderId, created, confirmed } = orderEvents()
    await topics.send('order-events', [
      [orderId, created],
      [orderId, confirmed],
    ])
    const page = await openPage(theme)
    const at = `${opened.url}/messages`

    expect(await visit(page, at, { screenshot: `messages-${theme}` })).toMatchObject(CLEAN)
    const seen = await visit(page, `${at}/order-events?key=${orderId}`, { screenshot: `messages-topic-${theme}` })
    expect(seen).toMatchObject(CLEAN)
    expect(seen.scriptBytes).toBeLessThanOrEqual(60_000)
    expect(seen.styleBytes).toBeLessThanOrEqual(15_000)
    await page
      .getByRole('link', { name: /^\d+@\d+$/ })
      .first()
      .click()
    await page.getByRole('heading', { name: /^OrderConfirmedEvent/ }).waitFor()
    expect(await visit(page, page.url(), { screenshot: `messages-one-${theme}` })).toMatchObject(CLEAN)
    expect(await page.getByRole('link', { name: 'OrderCreatedEvent' }).count()).toBe(1)
  })

  it('show a record that comes in while one looks', async () => {
    const page = await openPage()
    await page.goto(`${opened.url}/messages/order-events?view=tail&filter=OrderConfirmedEvent`)
    await page.getByText('0 came in').waitFor()
    const { orderId, created, confirmed } = orderEvents()

    await topics.send('order-events', [
      [orderId, created],
      [orderId, confirmed],
    ])

    await page.getByRole('cell', { name: orderId, exact: true }).waitFor()
    expect(await page.getByRole('row').filter({ hasText: orderId }).count()).toBe(1)
    await page.screenshot({ path: new URL('screenshots/messages-tail.png', import.meta.url).pathname })
  })

  it('let a developer publish an example, and show it where it went', async () => {
    const page = await openPage()
    await page.goto(`${opened.url}/events/OrderReturnRequestedEvent`)

    await page.getByRole('link', { name: 'Publish an example…' }).click()
    await page.getByRole('heading', { name: 'Publish to order-events' }).waitFor()
    await page.getByRole('textbox', { name: 'Reason' }).fill('to see it')
    expect(await visit(page, page.url(), { screenshot: 'messages-publish' })).toMatchObject(CLEAN)
    await page.getByRole('textbox', { name: 'Reason' }).fill('to see it')
    await page.getByRole('button', { name: 'Publish', exact: true }).click()

    await page.getByRole('heading', { name: /^OrderReturnRequestedEvent \d@\d+$/ }).waitFor()
  })

  it.each(['light', 'dark'] as const)('and of the events can be read by everybody, %s', async (theme) => {
    const { orderId, created } = orderEvents()
    await topics.send('order-events', [
      [orderId, created],
      [orderId, { ...created, eventType: 'OrderFrozenEvent', eventId: randomUUID() }],
    ])
    const page = await openPage(theme)

    const seen = await visit(page, `${opened.url}/events`, { screenshot: `events-${theme}` })
    expect(seen).toMatchObject(CLEAN)
    expect(seen.scriptBytes).toBeLessThanOrEqual(60_000)
    expect(
      await visit(page, `${opened.url}/events/OrderCreatedEvent`, { screenshot: `events-one-${theme}` }),
    ).toMatchObject(CLEAN)
  })

  it('read on by themselves until all is read, and say why nothing is found', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'long', { partitions: 1 })
    const sender = new KafkaProducerConfig(config).createSender()
    await sender.sendAll([{ topic, key: 'needle', value: '{}' }])
    // More than what is read before the page is drawn.
    for (const _ of range(3)) {
      await sender.sendAll(range(10_000).map((n) => ({ topic, key: `hay-${n}`, value: '{}' })))
    }
    await sender.close()
    const page = await openPage()

    await page.goto(`${opened.url}/messages/${topic}?filter="[masked]"&from=earliest&partition=0&key=needle`)
    await page.getByText('another key').waitFor()
    expect(await page.getByText(/^Read [\d,]+ records of/).innerText()).toContain('and found none')
    await page.goto(`${opened.url}/messages/${topic}?header=nobody-has-it`)
    await page.getByText(/30,001 have no such header/).waitFor()
  })
})
