import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser } from './chromium.ts'
import { openBrowser, WITHOUT_BROWSER } from './chromium.ts'
import { galleryPage } from './gallery.ts'
import type { TestConsole } from './test-console.ts'
import { openTestConsole, TOKENS } from './test-console.ts'
import { visit } from './visit.ts'

if (WITHOUT_BROWSER !== undefined) console.log(`The tests of the pages are left out: ${WITHOUT_BROWSER}.`)

describe.skipIf(WITHOUT_BROWSER !== undefined)('the components, all on one page', () => {
  let browser: Browser
  let opened: TestConsole
  beforeAll(async () => {
    opened = await openTestConsole(galleryPage)
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await opened?.close()
  })

  it.each([
    { theme: 'light', width: 1_280 },
    { theme: 'dark', width: 1_280 },
    { theme: 'light', width: 420 },
  ] as const)('can be read by everybody, $theme and $width pixels wide', async ({ theme, width }) => {
    const context = await browser.open({ theme, width })
    const page = await context.newPage()
    await page.goto(`${opened.url}/login?t=${TOKENS.developer}`)

    const seen = await visit(page, `${opened.url}/consumers`, { screenshot: `gallery-${theme}-${width}` })

    expect(seen).toMatchObject({ barriers: [], policyViolations: [], outsideRequests: [], scriptErrors: [] })
    expect(seen.scriptBytes).toBeLessThanOrEqual(60_000)
    expect(seen.styleBytes).toBeLessThanOrEqual(15_000)
    const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement)
    expect(scrollWidth).toBe(clientWidth)
  })

  it('can be used by keyboard: a dialog opens, asks for a reason and closes', async () => {
    const context = await browser.open()
    const page = await context.newPage()
    await page.goto(`${opened.url}/login?t=${TOKENS.developer}`)
    await page.goto(`${opened.url}/consumers`)
    await page.getByRole('button', { name: 'Reset offsets…' }).focus()

    await page.keyboard.press('Enter')

    const dialog = page.getByRole('dialog', { name: 'Reset the offsets of dispatch-service-group?' })
    await dialog.waitFor()
    expect(
      await dialog.getByRole('textbox', { name: 'Reason' }).evaluate((input) => input === document.activeElement),
    ).toBe(true)
    await page.screenshot({ path: new URL('screenshots/gallery-dialog.png', import.meta.url).pathname })
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
  })
})
