import type { Platform } from '@stocker/platform'
import { orderTimeline, startPlatform, tellStory } from '@stocker/platform'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { scenarios } from './index.ts'

// The whole platform as npm start runs it: its own broker and database, every service its own process.
let platform: Platform
beforeAll(async () => {
  platform = await startPlatform()
}, 120_000)
afterAll(() => platform?.stop())

test.each(scenarios)('$name: $description', async (scenario) => {
  const told: string[] = []
  const end = await tellStory(scenario, {
    url: (service) => platform.url(service),
    logs: platform.logs,
    services: platform.services.map(({ name }) => name),
    timeoutMs: 25_000,
    onLine: (line) => told.push(JSON.stringify(line)),
  })
  if (end.failure !== undefined) console.error(await timelines(end.ids))
  expect(end.failure).toBeUndefined()
  expect(told.join('\n')).toContain('OrderDeliveredEvent')
})

async function timelines(ids: readonly string[]): Promise<string> {
  const source = {
    orderService: platform.url('order-service'),
    logs: platform.logs,
    services: platform.services.map(({ name }) => name),
  }
  return (await Promise.all(ids.map((id) => orderTimeline(id, source)))).join('\n')
}
