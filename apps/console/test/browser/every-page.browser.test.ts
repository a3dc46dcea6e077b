import type { Platform } from '@stocker/platform'
import { loadScenario, startPlatform, tellStory } from '@stocker/platform'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '../../../../test/servers.ts'
import type { Browser } from './chromium.ts'
import { openBrowser, WITHOUT_BROWSER } from './chromium.ts'
import { untilAlive, visit } from './visit.ts'

/** A platform as npm start runs it, in which an order was delivered, one was paid for by a declined card, and a record that nobody can read went to the dead letters. */
const STORIES = ['happy-path', 'declined-card', 'poison-message'] as const
/** Every kind of page that links lead to from Home. What needs a form sent first, dialogs and redrives, has tests of its own. */
const KINDS = [
  '/',
  '/account',
  '/alerts',
  '/alerts/rules/:name',
  '/audit',
  '/consumers',
  '/consumers/:group',
  '/dead-letters',
  '/dead-letters/groups/:fingerprint',
  '/dead-letters/:id',
  '/events',
  '/events/:name',
  '/messages',
  '/messages/:topic',
  '/messages/:topic/publish',
  '/messages/:topic/:partition/:offset',
  '/orders',
  '/orders/:id',
  '/sagas',
  '/system',
  '/system/logs',
] as const
const SCRIPT_LIMIT = 60_000
const STYLE_LIMIT = 15_000

describe.skipIf(WITHOUT_BROWSER !== undefined)('the console of a running platform', () => {
  let platform: Platform
  let browser: Browser
  beforeAll(async () => {
    platform = await startPlatform({ environment: { FAULTS_ENABLED: 'true' } })
    browser = await openBrowser()
    for (const story of STORIES) {
      const { failure } = await tellStory(await loadScenario(story), {
        url: (service) => platform.url(service),
        token: (claims) => platform.token(claims),
        servers: { kafka: platform.kafka, postgres: platform.postgres() },
        logs: platform.logs,
        services: platform.services.map(({ name }) => name),
        timeoutMs: 60_000,
        onLine: () => {},
      })
      expect(failure).toBeUndefined()
    }
  }, 240_000)
  afterAll(async () => {
    await browser?.close()
    await platform?.stop()
  })

  const openPage = async (theme: 'light' | 'dark', width = 1_400): Promise<Page> => {
    const context = await browser.open({ theme, width })
    const page = await context.newPage()
    await page.goto(`${platform.url('console')}/login?t=${platform.consoleToken}`)
    return page
  }

  it.each(['light', 'dark'] as const)(
    'has no page that somebody cannot read, that asks others, or that is too large: %s',
    async (theme) => {
      const page = await openPage(theme)
      const origin = platform.url('console')
      const seen = new Map<string, string>()
      const waiting = ['/']
      for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
        if (seen.has(kindOf(path))) continue
        seen.set(kindOf(path), path)
        const screenshot = `page${kindOf(path).replaceAll(/[^a-z]+/gi, '-')}-${theme}`
        const { scriptBytes, styleBytes, ...found } = await visit(page, `${origin}${path}`, { screenshot })
        expect({ path, ...found }).toEqual({
          ...{ path, barriers: [], policyViolations: [], outsideRequests: [], scriptErrors: [] },
        })
        expect({ path, bytes: scriptBytes }).toSatisfy(({ bytes }) => bytes <= SCRIPT_LIMIT)
        expect({ path, bytes: styleBytes }).toSatisfy(({ bytes }) => bytes <= STYLE_LIMIT)
        waiting.push(...(await linksOf(page)))
      }
      expect([...seen.keys()].sort()).toEqual([...KINDS].sort())
    },
    300_000,
  )

  it('shows an event within a second of the order’s acceptance, and keeps to itself while it is paused', async () => {
    const page = await openPage('light')
    await page.goto(`${platform.url('console')}/`)
    await untilAlive(page)
    await page.locator('[data-live=live]').waitFor()

    const first = await placeOrder()
    await page.locator(`.feed code[title="${first}"]`).first().waitFor()
    await page.getByRole('button', { name: 'live' }).click()
    await page.locator('[data-live=paused]').waitFor()
    const second = await placeOrder()
    await delivered(second)

    expect(await page.locator(`.feed code[title="${second}"]`).count()).toBe(0)
  })

  it('stops and starts a service from its page, with a reason that is in the audit', async () => {
    const page = await openPage('light')
    await page.goto(`${platform.url('console')}/system`)
    await untilAlive(page)
    const row = page.getByRole('row', { name: /^delivery-service/ })
    const act = async (action: string, reason: string): Promise<void> => {
      await row.getByRole('button', { name: 'Act…' }).click()
      const dialog = page.getByRole('dialog', { name: /^delivery-service/ })
      await dialog.getByLabel('What to do').selectOption(action)
      await dialog.getByLabel('Reason').fill(reason)
      await dialog.getByRole('button', { name: 'Do it' }).click()
      await page.waitForURL('**/system')
    }

    await act('stop', 'to see orders wait')
    await row.locator('.status', { hasText: /^stopped$/ }).waitFor()
    await act('start', 'they have waited')
    await row
      .locator('.status', { hasText: /^ready$/ })
      .first()
      .waitFor()

    const audit = await fetch(`${platform.url('console')}/ops/api/audit`, {
      headers: { authorization: `Bearer ${platform.consoleToken}` },
    })
    expect(await audit.text()).toMatch(/to see orders wait/)
  })

  async function placeOrder(): Promise<string> {
    const token = await platform.token({ subject: 'ada', roles: ['customer'] })
    const response = await fetch(`${platform.url('order-service')}/api/orders`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
      },
      body: JSON.stringify({
        customerId: 'ada',
        lines: [{ sku: 'pen', quantity: 1 }],
        shippingAddress: {
          name: 'Ada',
          line1: '12 St James Square',
          city: 'London',
          postalCode: 'SW1Y 4LE',
          country: 'GB',
        },
        paymentToken: 'tok_ok',
      }),
    })
    return ((await response.json()) as { orderId: string }).orderId
  }

  async function delivered(orderId: string): Promise<void> {
    const token = await platform.token({ subject: 'ada', roles: ['customer'] })
    await waitFor(
      async () => {
        const response = await fetch(`${platform.url('order-service')}/api/orders/${orderId}`, {
          headers: { authorization: `Bearer ${token}` },
        })
        return ((await response.json()) as { status: string }).status === 'DELIVERED'
      },
      { what: 'the delivery' },
    )
  }
})

/** Pages that differ only by what they are about are one kind. */
function kindOf(path: string): string {
  const segments = (path.split(/[?#]/)[0] ?? '').split('/')
  const kind = KINDS.find((known) => {
    const wanted = known.split('/')
    return wanted.length === segments.length && wanted.every((each, n) => each.startsWith(':') || each === segments[n])
  })
  if (kind === undefined) throw new Error(`${path} is no known kind of page: add it to KINDS`)
  return kind
}

/** Pages of the console that this one leads to; what programs read is no page. */
async function linksOf(page: Page): Promise<readonly string[]> {
  const links = await page
    .locator('a[href^="/"]')
    .evaluateAll((found) => found.map((link) => link.getAttribute('href') ?? ''))
  return links.filter((link) => !/^\/(ops|docs|openapi|asyncapi|metrics|health|login|logout|assets)\b/.test(link))
}
