import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestConsole } from '../start-console.ts'
import { startConsole, TOKENS } from '../start-console.ts'
import type { Browser } from './chromium.ts'
import { openBrowser, WITHOUT_BROWSER } from './chromium.ts'
import { visit } from './visit.ts'

describe.skipIf(WITHOUT_BROWSER !== undefined)('the console in a browser', () => {
  let browser: Browser
  let opened: TestConsole
  beforeAll(async () => {
    opened = await startConsole()
    browser = await openBrowser()
    for (const subject of ['order:5c4c1e6b', 'dead-letter:17'])
      await opened.ask('operator', '/ops/api/unmask', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-viewer-name': 'grace' },
        body: JSON.stringify({ subject, reason: 'the customer is on the phone and asks where the parcel is' }),
      })
  })
  afterAll(async () => {
    await browser?.close()
    await opened?.[Symbol.asyncDispose]()
  })

  it.each([
    { path: '/login?wrong=true', theme: 'light' },
    { path: '/login', theme: 'dark' },
    { path: '/account', theme: 'light' },
    { path: '/account', theme: 'dark' },
    { path: '/audit', theme: 'light' },
    { path: '/audit', theme: 'dark' },
  ] as const)('$path can be read by everybody, $theme', async ({ path, theme }) => {
    const context = await browser.open({ theme })
    const page = await context.newPage()
    if (!path.startsWith('/login')) await page.goto(`${opened.url}/login?t=${TOKENS.developer}&next=/account`)

    const seen = await visit(page, opened.url + path, {
      screenshot: `${path.replaceAll(/\W+/g, '-').slice(1)}-${theme}`,
    })

    expect(seen).toMatchObject({ barriers: [], policyViolations: [], outsideRequests: [], scriptErrors: [] })
    expect(seen.scriptBytes).toBeLessThanOrEqual(60_000)
    expect(seen.styleBytes).toBeLessThanOrEqual(15_000)
  })

  it('lets somebody log in by keyboard, look as a lower role, and log out', async () => {
    const page = await (await browser.open()).newPage()
    await page.goto(`${opened.url}/account`)
    await page.keyboard.type('Grace')
    await page.keyboard.press('Tab')
    await page.keyboard.type(TOKENS.operator)
    await page.keyboard.press('Enter')
    await page.getByText('You are Grace, and are seen as operator.').waitFor()

    await page.getByLabel('Look at the console as').selectOption('support')
    await page.getByRole('button', { name: 'Look' }).press('Enter')
    await page.getByText('You are Grace, and are seen as support.').waitFor()
    expect(await page.getByRole('link', { name: 'Audit' }).count()).toBe(0)

    await page.getByRole('button', { name: 'Log out' }).press('Enter')
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
    await page.goto(`${opened.url}/account`)
    expect(new URL(page.url()).pathname).toBe('/login')
  })

  it('follows a link of another site, and does nothing that another site wants', async () => {
    const address = opened.url.replace('127.0.0.1', 'localhost')
    await using stranger = await strangersPage(`
      <a href="${address}/account">a link in a mail</a>
      <form method="post" action="${address}/logout"><button>a button</button></form>`)
    const page = await (await browser.open()).newPage()
    await page.goto(`${address}/login?t=${TOKENS.viewer}&next=/account`)

    await page.goto(stranger.url)
    await page.getByRole('link').click()
    await page.getByText('seen as viewer').waitFor()

    await page.goto(stranger.url)
    await page.getByRole('button').click()
    await page.waitForURL(`${address}/**`)
    await page.goto(`${address}/account`)
    await page.getByText('seen as viewer').waitFor()
  })
})

/** On 127.0.0.1, which is another site than localhost. */
async function strangersPage(body: string) {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end(`<!doctype html><title>Another site</title>${body}`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        // The browser keeps its own open.
        server.closeAllConnections()
      }),
  }
}
