import { migrations } from '@stocker/cqrs'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OrderOnTopics } from '../../../../services/order-service/test/running-order.ts'
import { orderOnTopics, orderRequest } from '../../../../services/order-service/test/running-order.ts'
import type { TestDatabase } from '../../../../test/servers.ts'
import { createTestDatabase, waitFor } from '../../../../test/servers.ts'
import type { TestConsole } from '../start-console.ts'
import { startConsole, TOKENS } from '../start-console.ts'
import type { Browser } from './chromium.ts'
import { openBrowser, WITHOUT_BROWSER } from './chromium.ts'
import { untilAlive, visit } from './visit.ts'

describe.skipIf(WITHOUT_BROWSER !== undefined)('an order whose payment-service is away', () => {
  let order: OrderOnTopics
  let others: TestDatabase
  let opened: TestConsole
  let browser: Browser
  let orderId: string
  beforeAll(async () => {
    order = await orderOnTopics()
    others = await emptyStore()
    orderId = await place()
    opened = await startConsole({
      'console.services.order-service.url': order.service.url ?? '',
      'console.services.order-service.database-url': order.database.url,
      ...Object.fromEntries(
        ['cart-service', 'payment-service', 'dispatch-service', 'delivery-service'].flatMap((name) => [
          [`console.services.${name}.database-url`, others.url],
          // Nobody listens there.
          [`console.services.${name}.url`, 'http://127.0.0.1:9'],
        ]),
      ),
    })
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await opened?.[Symbol.asyncDispose]()
    await order?.close()
    await others?.drop()
  })

  const place = async (): Promise<string> => {
    const url = `${order.service.url}/api/orders`
    const post = () =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(orderRequest),
      })
    const response = await waitFor(
      async () => {
        const answer = await post()
        return answer.ok ? answer : undefined
      },
      { what: 'a catalogue with a mug' },
    )
    return ((await response.json()) as { readonly orderId: string }).orderId
  }
  const login = async (options: { readonly theme?: 'light' | 'dark'; readonly width?: number } = {}) => {
    const context = await browser.open(options)
    const page = await context.newPage()
    await page.goto(`${opened.url}/login?t=${TOKENS.operator}`)
    return page
  }

  it.each([
    { theme: 'light', width: 1_440 },
    { theme: 'dark', width: 1_440 },
    { theme: 'light', width: 420 },
  ] as const)(
    'can be read by everybody, $theme and $width pixels wide',
    async ({ theme, width }) => {
      const page = await login({ theme, width })
      for (const [path, name] of [
        [`/orders/${orderId}`, 'order'],
        ['/orders', 'orders'],
        ['/sagas', 'sagas'],
      ] as const) {
        const seen = await visit(page, `${opened.url}${path}`, { screenshot: `${name}-${theme}-${width}` })
        expect(seen).toMatchObject({ barriers: [], policyViolations: [], outsideRequests: [], scriptErrors: [] })
        expect(seen.scriptBytes).toBeLessThanOrEqual(60_000)
        expect(seen.styleBytes).toBeLessThanOrEqual(15_000)
        const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement)
        expect(scrollWidth).toBe(clientWidth)
      }
    },
    90_000,
  )

  it('is found by the end of its id, says what it waits for, and shows what is still to come', async () => {
    const page = await login()

    await page.goto(`${opened.url}/orders?search=${orderId.slice(-10)}`)

    expect(new URL(page.url()).pathname).toBe(`/orders/${orderId}`)
    const steps = page.getByRole('listitem')
    await waitFor(async () => (await page.getByText('the service does not answer').count()) > 0, { what: 'the reason' })
    expect(await steps.filter({ hasText: 'order created' }).count()).toBeGreaterThanOrEqual(3)
    expect(await page.getByText('payment processed').count()).toBe(1)
  })

  it('changes on the page within a second after it is cancelled there, for a reason that is kept', async () => {
    const page = await login()
    await page.goto(`${opened.url}/orders/${orderId}`)
    await untilAlive(page)
    await page.getByRole('button', { name: 'Cancel order…' }).click()
    await page.getByRole('textbox', { name: 'Reason' }).fill('the customer called')

    await page.getByRole('button', { name: 'Cancel the order' }).click()

    await page.locator('.facts').getByText('CANCELLING').waitFor()
    const audit = (await (await opened.ask('operator', `/ops/api/audit?target=order:${orderId}`)).json()) as {
      readonly actions: readonly { readonly action: string; readonly reason: string; readonly result: string }[]
    }
    expect(audit.actions).toMatchObject([{ action: 'cancel', reason: 'the customer called', result: 'done' }])
  })

  it('is not waited for any longer, by the keyboard alone, when somebody fires its deadline and says why', async () => {
    const waiting = await place()
    const page = await login()
    await page.goto(`${opened.url}/orders/${waiting}`)
    await untilAlive(page)
    await page.getByRole('button', { name: 'Fire: order is looked at again now…' }).focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByText('order: cancel, PAYMENT_TIMEOUT').waitFor()
    await page.keyboard.type('the gateway is gone for good')

    await page.keyboard.press('Enter')

    await page.locator('.facts').getByText('CANCELLING').waitFor()
    const audit = (await (await opened.ask('operator', `/ops/api/audit?target=order:${waiting}`)).json()) as {
      readonly actions: readonly { readonly action: string; readonly reason: string; readonly result: string }[]
    }
    expect(audit.actions).toMatchObject([{ action: 'run now', reason: 'the gateway is gone for good', result: 'done' }])
    const again = await opened.ask('operator', `/ops/api/orders/${waiting}/run-now`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ step: 'call/payment-service/authorize-nobody', reason: 'to see' }),
    })
    expect([again.status, ((await again.json()) as { code: string }).code]).toEqual([404, 'NOTHING_TO_RUN'])
  })

  it('shows personal values to nobody who has not given a reason', async () => {
    for (const path of ['timeline', 'timeline.txt', 'waiting']) {
      const answer = await opened.ask('developer', `/ops/api/orders/${orderId}/${path}`)
      expect(answer.status).toBe(200)
      const text = await answer.text()
      for (const value of [orderRequest.shippingAddress.line1, orderRequest.paymentToken])
        expect(text).not.toContain(value)
    }
  })

  it('is shown to no viewer, who may see nothing of orders', async () => {
    expect((await opened.ask('viewer', `/ops/api/orders/${orderId}/timeline`)).status).toBe(403)
    expect((await opened.ask('viewer', '/ops/api/orders')).status).toBe(403)
  })
})

/** A store in which nothing has happened. */
async function emptyStore(): Promise<TestDatabase> {
  const database = await createTestDatabase()
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  for (const { up } of migrations) await client.query(up)
  await client.end()
  return database
}
