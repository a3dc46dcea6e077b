import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MetricsServer } from '../alerts/shop-metrics.ts'
import { startMetricsServer } from '../alerts/shop-metrics.ts'
import type { TestConsole } from '../start-console.ts'
import { startConsole, TOKENS } from '../start-console.ts'
import type { Browser } from './chromium.ts'
import { openBrowser, WITHOUT_BROWSER } from './chromium.ts'
import { visit } from './visit.ts'

const CLEAN = { barriers: [], policyViolations: [], outsideRequests: [], scriptErrors: [] }

const RULES = `
groups:
  - name: consumers
    rules:
      - alert: ConsumerStopped
        expr: stopped > 0
        labels: { severity: page }
        annotations:
          summary: '{{ $labels.consumergroup }} has no members, and {{ $value }} records wait for it'
          first: Start the service, or look why it does not join its group.
          console: /consumers?group={{ $labels.consumergroup }}
          runbook_url: docs/runbook.md#consumerstopped
      - alert: LagTooOld
        expr: max by (consumergroup) (lag_seconds{consumergroup!~".*-retry.*"}) > 30
        for: 1h
        labels: { severity: warn }
        annotations:
          summary: 'The first record that waits for {{ $labels.consumergroup }} has waited for {{ $value | humanizeDuration }}'
          first: Look whether the group moves, and what holds it up.
          console: /consumers?group={{ $labels.consumergroup }}
          runbook_url: docs/runbook.md#lagtooold
`
/** A browser and a console together take their time on a busy machine. */
const PATIENCE_MS = 120_000
const CALM = 'stopped{consumergroup="payment-service-group"} 0\nlag_seconds{consumergroup="order-service-group"} 2\n'
const BAD = 'stopped{consumergroup="payment-service-group"} 12\nlag_seconds{consumergroup="order-service-group"} 45\n'

describe.skipIf(WITHOUT_BROWSER !== undefined)('the pages of the alerts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'alert-pages-'))
  let browser: Browser
  let metrics: MetricsServer
  let opened: TestConsole
  beforeAll(async () => {
    const rules = join(folder, 'rules.yml')
    writeFileSync(rules, RULES)
    metrics = await startMetricsServer(BAD)
    opened = await startConsole({
      'alerts.rules-file': rules,
      'alerts.interval': '100ms',
      'console.services.payment-service.url': metrics.url,
    })
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await opened?.[Symbol.asyncDispose]()
    await metrics?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  async function openPage(theme: 'light' | 'dark' = 'light') {
    const context = await browser.open({ theme })
    const page = await context.newPage()
    await page.goto(`${opened.url}/login?t=${TOKENS.operator}`)
    return page
  }

  it.each(['light', 'dark'] as const)(
    'can be read by everybody, %s',
    async (theme) => {
      metrics.text = BAD
      const page = await openPage(theme)
      await page.goto(`${opened.url}/alerts`)
      await page.getByText('payment-service-group has no members').first().waitFor()

      const list = await visit(page, `${opened.url}/alerts`, { screenshot: `alerts-${theme}` })
      expect(list).toMatchObject(CLEAN)
      expect(list.scriptBytes).toBeLessThanOrEqual(60_000)
      expect(list.styleBytes).toBeLessThanOrEqual(15_000)
      const rule = await visit(page, `${opened.url}/alerts/rules/LagTooOld`, { screenshot: `alerts-rule-${theme}` })
      expect(rule).toMatchObject(CLEAN)
      await page.getByText('The first waiting record is older than half a minute.').waitFor()
    },
    PATIENCE_MS,
  )

  it(
    'show what comes and goes while one looks',
    async () => {
      metrics.text = CALM
      const page = await openPage()
      await page.goto(`${opened.url}/alerts`)
      await page.getByText('Nothing fires.').first().waitFor()

      metrics.text = BAD
      await page.getByText('payment-service-group has no members').first().waitFor()
      metrics.text = CALM
      await page.getByRole('region', { name: 'Alerts that fire' }).waitFor({ state: 'detached' })
    },
    PATIENCE_MS,
  )

  it(
    'let an operator acknowledge, silence, and end the silence, by the keyboard alone',
    async () => {
      metrics.text = BAD
      const page = await openPage()
      await page.goto(`${opened.url}/alerts`)
      await page.getByRole('button', { name: 'Acknowledge' }).first().press('Enter')
      await page.keyboard.type('I start it again')
      await page.keyboard.press('Enter')
      await page.getByText('I start it again').first().waitFor()

      await page.getByRole('button', { name: 'Silence', exact: true }).first().press('Enter')
      await page.getByLabel('Reason').last().waitFor()
      await page.keyboard.type('known since Monday')
      await page.keyboard.press('Enter')
      await page.getByRole('link', { name: 'silenced' }).waitFor()

      await page.getByRole('button', { name: 'End', exact: true }).press('Enter')
      await page.getByRole('button', { name: 'End it now' }).press('Enter')
      await page.getByText(/^ended by /).waitFor()
      expect(await page.getByRole('link', { name: 'silenced' }).count()).toBe(0)
    },
    PATIENCE_MS,
  )
})
