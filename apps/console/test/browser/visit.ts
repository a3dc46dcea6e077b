import { mkdirSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import axe from 'axe-core'
import type { Page, Request } from 'playwright-core'

/** What a visit of a page showed. */
export interface Visit {
  /** What axe calls serious or critical: rule and where. */
  readonly barriers: readonly string[]
  readonly policyViolations: readonly string[]
  /** What was asked of others than the console. */
  readonly outsideRequests: readonly string[]
  readonly scriptErrors: readonly string[]
  /** Compressed with gzip. Bytes. */
  readonly scriptBytes: number
  readonly styleBytes: number
}

const SCREENSHOTS = new URL('screenshots/', import.meta.url)

/** Goes to a page and looks at it as a person, a screen reader, and a browser's developer tools would. */
export async function visit(page: Page, url: string, { screenshot }: { readonly screenshot: string }): Promise<Visit> {
  const requests: Request[] = []
  const scriptErrors: string[] = []
  const policyViolations: string[] = []
  const origin = new URL(url).origin
  page.on('request', (request) => requests.push(request))
  page.on('pageerror', (error) => scriptErrors.push(error.message))
  page.on('console', (message) => {
    const text = message.text()
    if (text.includes('Content Security Policy')) policyViolations.push(text)
    else if (message.type() === 'error') scriptErrors.push(text)
  })
  await page.goto(url, { waitUntil: 'load' })
  await untilAlive(page)
  mkdirSync(SCREENSHOTS, { recursive: true })
  await page.screenshot({ path: new URL(`${screenshot}.png`, SCREENSHOTS).pathname, fullPage: true })
  const sizes = async (type: string): Promise<number> => {
    const found = requests.filter((request) => request.resourceType() === type)
    // Not as the network saw them: some come from the browser's cache.
    const each = await Promise.all(
      found.map(async (request) => gzipSync((await (await request.response())?.body()) ?? '').length),
    )
    return each.reduce((sum, bytes) => sum + bytes, 0)
  }
  return {
    barriers: await barriersOf(page),
    policyViolations,
    outsideRequests: requests.map((request) => request.url()).filter((asked) => new URL(asked).origin !== origin),
    scriptErrors,
    scriptBytes: await sizes('script'),
    styleBytes: await sizes('stylesheet'),
  }
}

/** Every island of the page has become alive. */
export async function untilAlive(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelectorAll('[data-island]:not([data-alive])').length === 0)
}

async function barriersOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() =>
    // The page has it from the line above.
    (globalThis as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ['violations'] }),
  )
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`))
}
