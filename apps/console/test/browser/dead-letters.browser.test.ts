import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '../../../../test/servers.ts'
import type { FailingShop } from '../dead-letters/failing-shop.ts'
import { openFailingShop } from '../dead-letters/failing-shop.ts'
import { TOKENS } from '../start-console.ts'
import type { Browser } from './chromium.ts'
import { openBrowser, WITHOUT_BROWSER } from './chromium.ts'
import { untilAlive, visit } from './visit.ts'

const CLEAN = { barriers: [], policyViolations: [], outsideRequests: [], scriptErrors: [] }
const SCREENSHOTS = new URL('screenshots/', import.meta.url)

describe.skipIf(WITHOUT_BROWSER !== undefined)('the pages of the dead letters', () => {
  let browser: Browser
  const open: FailingShop[] = []
  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    for (const shop of open) await shop[Symbol.asyncDispose]()
  })

  async function openShop() {
    const shop = await openFailingShop()
    open.push(shop)
    return shop
  }

  async function openPage(shop: FailingShop, role: keyof typeof TOKENS, theme: 'light' | 'dark' = 'light') {
    const context = await browser.open({ theme })
    const page = await context.newPage()
    await page.goto(`${shop.console.url}/login?t=${TOKENS[role]}`)
    return page
  }

  /** Presses Tab until the element has the focus, as somebody without a mouse does. */
  async function tabTo(page: Page, role: 'link' | 'button', name: string | RegExp) {
    const element = page.getByRole(role, { name })
    await element.waitFor()
    for (let presses = 0; presses < 60; presses++) {
      if (await element.evaluate((each) => each === document.activeElement)) return
      await page.keyboard.press('Tab')
    }
    throw new Error(`${role} ${name} is not reached by keyboard`)
  }

  it('lead an operator through a whole redrive by keyboard alone', async () => {
    const shop = await openShop()
    await shop.deadLetters(['mug-1', 'pen-2', 'cap-3'])
    shop.mend()
    const page = await openPage(shop, 'operator')
    await page.goto(`${shop.console.url}/dead-letters`)
    await page.getByText('3 to be seen to.').waitFor()

    await tabTo(page, 'link', 'Error')
    await page.keyboard.press('Enter')
    await tabTo(page, 'button', 'Redrive 3…')
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Send 3 dead letters again?' })
    await dialog.waitFor()
    await page.screenshot({ path: new URL('dead-letters-dialog.png', SCREENSHOTS).pathname })
    for (let presses = 0; presses < 10; presses++) {
      const inReason = await dialog
        .getByRole('textbox', { name: 'Reason' })
        .evaluate((input) => input === document.activeElement)
      if (inReason) break
      await page.keyboard.press('Tab')
    }
    await page.keyboard.type('prices are there')
    await page.keyboard.press('Enter')

    await page.getByRole('heading', { name: /^Redrive \d+$/ }).waitFor()
    await page.getByText('All 3 handled.').first().waitFor()
    await page.screenshot({ path: new URL('dead-letters-redrive.png', SCREENSHOTS).pathname })
    expect(shop.handled).toEqual(['mug-1', 'pen-2', 'cap-3'])

    await tabTo(page, 'link', 'All dead letters')
    await page.keyboard.press('Enter')
    await page.getByText('Nothing waits: every event was handled.').waitFor()
    await page.goBack()
    const group = await page
      .goto(`${shop.console.url}/dead-letters`)
      .then(() => page.getByRole('link', { name: 'Error' }))
    await group.press('Enter')
    await page.getByRole('button', { name: 'Redrive…' }).waitFor()
    expect(await page.getByRole('button', { name: 'Redrive…' }).isDisabled()).toBe(true)
  })

  it.each(['light', 'dark'] as const)(
    'let an operator tick rows and redrive those alone, by keyboard, %s',
    async (theme) => {
      const shop = await openShop()
      const [mug, pen, cap] = await shop.deadLetters(['mug-1', 'pen-2', 'cap-3'])
      shop.mend()
      const page = await openPage(shop, 'operator', theme)
      await page.goto(`${shop.console.url}/dead-letters`)
      await page.getByRole('link', { name: 'Error' }).click()
      await page.getByText('0 ticked').waitFor()

      await page.getByLabel('All 3 of this page').press('Space')
      await page.getByText('3 ticked').waitFor()
      await page.getByLabel(`Tick dead letter ${pen}`).press('Space')
      await page.getByText('2 ticked').waitFor()
      await page.getByRole('button', { name: 'Redrive ticked…' }).press('Enter')
      await page.getByRole('heading', { name: 'Send 2 dead letters again?' }).waitFor()
      expect(await visit(page, page.url(), { screenshot: `dead-letters-choose-${theme}` })).toMatchObject(CLEAN)
      await page.getByRole('textbox', { name: 'Reason' }).focus()
      await page.keyboard.type('prices are there')
      await page.keyboard.press('Enter')

      await page.getByText('All 2 handled.').first().waitFor({ timeout: 30_000 })
      expect(shop.handled).toEqual(['mug-1', 'cap-3'])
      for (const [id, state] of [
        [mug, 'REDRIVEN'],
        [pen, 'NEW'],
        [cap, 'REDRIVEN'],
      ]) {
        const letter = await (await shop.console.ask('operator', `/ops/api/dead-letters/${id}`)).json()
        expect(letter.state).toBe(state)
      }
    },
  )

  it.each(['light', 'dark'] as const)('can be read by everybody, %s', async (theme) => {
    const shop = await openShop()
    const [, second] = await shop.deadLetters(['mug-1', 'mug-1', 'cap-3'])
    const page = await openPage(shop, 'operator', theme)
    const at = `${shop.console.url}/dead-letters`

    expect(await visit(page, at, { screenshot: `dead-letters-${theme}` })).toMatchObject(CLEAN)
    await page.getByRole('link', { name: 'Error' }).click()
    await page.getByRole('heading', { name: 'Error', exact: true }).waitFor()
    expect(await visit(page, page.url(), { screenshot: `dead-letters-group-${theme}` })).toMatchObject(CLEAN)
    const seen = await visit(page, `${at}/${second}`, { screenshot: `dead-letters-one-${theme}` })
    expect(seen).toMatchObject(CLEAN)
    await page.getByText('Held back by').waitFor()
    expect(await page.getByRole('button', { name: 'Redrive…' }).isDisabled()).toBe(true)
  })

  it('show what an edit changes before it is kept, to who has unmasked the dead letter', async () => {
    const shop = await openShop()
    const [mug] = await shop.deadLetters(['mug-1'])
    const page = await openPage(shop, 'operator')
    await page.goto(`${shop.console.url}/dead-letters/${mug}`)
    expect(await page.getByText('"price"').count()).toBe(0)

    await page.getByRole('button', { name: 'Unmask…' }).click()
    await page.getByRole('dialog').getByRole('textbox', { name: 'Reason' }).fill('a wrong price')
    await page.keyboard.press('Enter')
    await page.getByRole('textbox', { name: 'Payload' }).waitFor()
    await untilAlive(page)
    const payload = page.getByRole('textbox', { name: 'Payload' })
    await payload.fill((await payload.inputValue()).replace('"price": 7', '"price": 9'))
    await page.getByRole('region', { name: 'What changes' }).getByText('"price": 9').waitFor()
    await page.screenshot({ path: new URL('dead-letters-edit.png', SCREENSHOTS).pathname, fullPage: true })
    await page.locator('form', { has: payload }).getByRole('textbox', { name: 'Reason' }).fill('the right price')
    await page.getByRole('button', { name: 'Keep this payload' }).click()

    await page.getByText('edited; the first one is in the audit').waitFor()
    const whole = await waitFor(() => shop.console.ask('operator', `/ops/api/dead-letters/audit?id=${mug}`), {
      what: 'the audit',
    })
    expect(await whole.text()).toContain('the right price')
  })
})
