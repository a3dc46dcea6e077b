import { KafkaProducerConfig } from '@stocker/kafka-config'
import { resetOffsets } from '@stocker/kafka-config/monitor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshTopic, testConfig, uniqueGroup } from '../../../../packages/kafka-config/test/support.ts'
import { waitFor } from '../../../../test/servers.ts'
import type { TestConsole } from '../start-console.ts'
import { startConsole, TOKENS } from '../start-console.ts'
import type { Browser } from './chromium.ts'
import { openBrowser, WITHOUT_BROWSER } from './chromium.ts'
import { untilAlive, visit } from './visit.ts'

describe.skipIf(WITHOUT_BROWSER !== undefined)('the consumers', () => {
  const config = testConfig()
  const group = uniqueGroup()
  let browser: Browser
  let opened: TestConsole
  let topic: string
  beforeAll(async () => {
    topic = await freshTopic(config, 'watched', { partitions: 2 })
    await resetOffsets(config, group, [
      { topic, partition: 0, after: 0n },
      { topic, partition: 1, after: 0n },
    ])
    opened = await startConsole({ 'monitor.interval': '500ms' })
    browser = await openBrowser()
    await waitFor(async () => (await opened.ask('viewer', `/ops/api/consumers/${group}`)).ok, { what: 'the group' })
  })
  afterAll(async () => {
    await browser?.close()
    await opened?.[Symbol.asyncDispose]()
  })

  const send = async (count: number): Promise<void> => {
    await using sender = new KafkaProducerConfig(config).createSender()
    await sender.sendAll(Array.from({ length: count }, () => ({ topic, partition: 0, key: 'k', value: '{}' })))
  }
  const login = async (theme: 'light' | 'dark' = 'light') => {
    const context = await browser.open({ theme })
    const page = await context.newPage()
    await page.goto(`${opened.url}/login?t=${TOKENS.operator}`)
    return page
  }

  it.each(['light', 'dark'] as const)(
    'can be read by everybody, %s',
    async (theme) => {
      const page = await login(theme)
      for (const [path, screenshot] of [
        [`/consumers?q=${group}`, `consumers-${theme}`],
        [`/consumers/${group}?to=latest#reset`, `consumer-group-${theme}`],
      ] as const) {
        const seen = await visit(page, `${opened.url}${path}`, { screenshot })
        expect(seen).toMatchObject({ barriers: [], policyViolations: [], outsideRequests: [], scriptErrors: [] })
        expect(seen.scriptBytes).toBeLessThanOrEqual(60_000)
        expect(seen.styleBytes).toBeLessThanOrEqual(15_000)
      }
    },
    90_000,
  )

  it('show a lag that grows while one looks; the chart can be moved through by keyboard, and a reset be tried and done', async () => {
    // given
    const page = await login()
    await page.goto(`${opened.url}/consumers/${group}`)
    await untilAlive(page)
    const waiting = page.locator('.figure', { hasText: 'Waiting' })

    // when
    await send(7)

    // then
    await waiting.getByText('7 records').waitFor()
    await page.locator('.lag-plot canvas').waitFor()
    await page.getByRole('application', { name: /Lag of the last 10 minutes/ }).focus()
    await page.keyboard.press('ArrowLeft')
    await page.getByText(/^\d\d:\d\d:\d\d: (7 wait, the first for|nothing waits)/).waitFor()

    // and when its offsets are set to the end
    await page.getByLabel('Go on at').selectOption('latest')
    await page.getByRole('button', { name: 'Show what would change' }).click()
    await page.getByText('7 records skipped').waitFor()
    await page.getByRole('button', { name: 'Set these offsets…' }).click()
    await page.getByRole('textbox', { name: 'Reason' }).fill('nobody needs them')
    await page.getByRole('button', { name: 'Set one offset' }).click()

    // then
    await page.waitForURL(`**/consumers/${group}`)
    await page.locator('.figure', { hasText: 'Waiting' }).getByText('0 records').waitFor()
  })
})
