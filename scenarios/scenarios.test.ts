import type { Platform } from '@stocker/platform'
import { orderTimeline, startPlatform, tellStory } from '@stocker/platform'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from './audit/audit.ts'
import { databasesOn } from './audit/databases.ts'
import { readModelDifferences } from './audit/read-models.ts'
import { scenarios } from './index.ts'

// The whole platform as npm start runs it: its own broker and database, every service its own process.
let platform: Platform
beforeAll(async () => {
  // A courier who takes a moment, so that there are parcels to call back.
  platform = await startPlatform({ serviceEnvironment: { 'delivery-service': { COURIER_DELAY_MS: '300' } } })
})
afterAll(() => platform?.stop())

test.each(scenarios)(
  '$name: $description',
  async (scenario) => {
    const told: string[] = []
    const end = await tellStory(scenario, {
      url: (service) => platform.url(service),
      token: (claims) => platform.token(claims),
      servers: { kafka: platform.kafka, postgres: platform.postgres() },
      logs: platform.logs,
      services: platform.services.map(({ name }) => name),
      timeoutMs: 60_000,
      onLine: (line) => told.push(JSON.stringify(line)),
    })
    const { differences } = await audit(databasesOn((name) => platform.postgres(name)))
    if (end.failure !== undefined || differences.length > 0) console.error(await timelines(end.ids))
    expect(end.failure).toBeUndefined()
    expect(differences).toEqual([])
    expect(told.join('\n')).toContain('OrderCreatedEvent')
  },
  90_000,
)

test('after all of them every read model is, row by row, what its events say', async () => {
  expect(await readModelDifferences(databasesOn((name) => platform.postgres(name)))).toEqual([])
})

async function timelines(ids: readonly string[]): Promise<string> {
  const source = {
    orderService: platform.url('order-service'),
    token: await platform.token({ subject: 'tests', roles: ['support'] }),
    console: { url: platform.url('console'), token: platform.consoleToken },
    logs: platform.logs,
    services: platform.services.map(({ name }) => name),
  }
  return (await Promise.all(ids.map((id) => orderTimeline(id, source)))).join('\n')
}
