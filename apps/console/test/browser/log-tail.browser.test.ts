import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestConsole } from '../start-console.ts'
import { startConsole, TOKENS } from '../start-console.ts'
import type { Browser } from './chromium.ts'
import { openBrowser, WITHOUT_BROWSER } from './chromium.ts'
import { visit } from './visit.ts'

const ORDER = '01a21cb7-43e6-7f58-a498-1d47a4e6daae'
const line = (msg: string, more: object = {}): string =>
  `${JSON.stringify({ level: 'info', time: new Date().toISOString(), msg, ...more })}\n`

describe.skipIf(WITHOUT_BROWSER !== undefined)('the tail of the logs', () => {
  let directory: string
  let browser: Browser
  let opened: TestConsole
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'logs-'))
    await write('order-service', line('was there before', { level: 'warn', topic: 'order-events' }))
    await write('cart-service', line('of carts'))
    opened = await startConsole({ 'console.logs.directory': directory })
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await opened?.[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })

  const write = (service: string, text: string) => appendFile(join(directory, `${service}.ndjson`), text)

  async function openTail(filter = '', theme: 'light' | 'dark' = 'light'): Promise<Page> {
    const page = await (await browser.open({ theme })).newPage()
    await page.goto(`${opened.url}/login?t=${TOKENS.operator}`)
    await page.goto(`${opened.url}/system/logs?view=tail${filter}`)
    await page.getByText(/lines came in/).waitFor()
    return page
  }

  it('goes on after a pause with what came meanwhile, of all services, masked, each line once', async () => {
    const page = await openTail()
    await page.getByText('was there before').waitFor()
    await write('order-service', line('while one looks', { orderId: ORDER, note: 'for Ada Lovelace' }))
    await page.getByText('while one looks').waitFor()

    await page.getByRole('button', { name: 'Pause' }).press('Enter')
    await page.locator('[data-live=idle]').waitFor({ state: 'attached' })
    await write('order-service', line('in the pause'))
    await write('cart-service', line('in the pause, too'))
    expect(await page.getByText(/^in the pause/).count()).toBe(0)
    await page.getByRole('button', { name: 'Go on' }).press('Enter')
    await page.getByText('in the pause, too').waitFor()
    await write('cart-service', line('and after it'))
    await page.getByText('and after it').waitFor()

    expect(await page.getByText(/^in the pause/).count()).toBe(2)
    expect(await page.locator('.tail-bar').innerText()).toMatch(/4 lines came in, 4 fit$/)
    expect(await page.locator('body').innerText()).not.toContain('Ada')
    expect(await page.getByRole('link', { name: ORDER }).count()).toBe(1)
  })

  it('is there for programs, which go on where the answer before ended', async () => {
    const ask = async (query: string) => (await opened.ask('operator', `/ops/api/system/logs?${query}`)).json()
    const begin = await ask('service=cart-service&limit=1')
    await write('cart-service', line('for programs'))
    const next = await ask(`service=cart-service&since=${encodeURIComponent(begin.place)}`)

    expect(begin).toMatchObject({ services: ['cart-service', 'order-service'], rows: [{}], gap: false })
    expect(next).toMatchObject({ rows: [{ service: 'cart-service', message: 'for programs' }], lines: 1, gap: false })
    expect((await opened.ask('operator', '/ops/api/system/logs?since=nowhere')).status).toBe(400)
    expect((await opened.ask('support', '/ops/api/system/logs')).status).toBe(403)
  })

  it('shows only what fits', async () => {
    const page = await openTail(`&service=order-service&order=${ORDER.slice(0, 8)}&level=warn&text=slow`)
    await write('cart-service', line('slow elsewhere', { level: 'warn', orderId: ORDER }))
    await write('order-service', line('slow, of no order', { level: 'warn' }))
    await write('order-service', line('slow, no warning', { orderId: ORDER }))
    await write('order-service', line('slow request', { level: 'warn', orderId: ORDER }))
    await page.getByText('slow request').waitFor()

    expect(await page.getByRole('row').count()).toBe(2)
  })

  it('says that something is missing when a log was replaced', async () => {
    const page = await openTail('&service=order-service')
    await rename(join(directory, 'order-service.ndjson'), join(directory, 'order-service.old'))
    await writeFile(join(directory, 'order-service.ndjson'), line('of the new log'))
    await page.getByText('of the new log').waitFor()

    expect(await page.getByText('1 gap: a log was replaced').count()).toBe(1)
  })

  it.each(['light', 'dark'] as const)('can be read by everybody, %s', async (theme) => {
    await write('order-service', line('failed', { level: 'error', err: { message: 'no', stack: 'Error: no\n at x' } }))
    const page = await openTail('', theme)

    const seen = await visit(page, `${opened.url}/system/logs?view=tail`, { screenshot: `log-tail-${theme}` })

    expect(seen).toMatchObject({ barriers: [], policyViolations: [], outsideRequests: [], scriptErrors: [] })
    expect(seen.scriptBytes).toBeLessThanOrEqual(60_000)
    expect(seen.styleBytes).toBeLessThanOrEqual(15_000)
  })
})
