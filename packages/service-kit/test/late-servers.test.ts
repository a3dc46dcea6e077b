import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EmbeddedKafka } from '@stocker/embedded-kafka'
import { startEmbeddedKafka } from '@stocker/embedded-kafka'
import type { EmbeddedPostgres } from '@stocker/embedded-postgres'
import { startEmbeddedPostgres } from '@stocker/embedded-postgres'
import { loadProperties } from '@stocker/properties'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import { createApp } from './counter-service/src/app.ts'
import { readConfig } from './counter-service/src/config.ts'
import { call, postJson, recordingLogger } from './http-fixture.ts'

let directory: string
let kafka: EmbeddedKafka
let postgres: EmbeddedPostgres

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'service-kit-late-'))
  const servers = await Promise.all([
    startEmbeddedKafka({ dataDir: join(directory, 'kafka'), port: 0 }),
    startEmbeddedPostgres({ dataDir: join(directory, 'postgres'), port: 0 }),
  ])
  kafka = servers[0]
  postgres = servers[1]
  await Promise.all([kafka.stop(), postgres.stop()])
})

afterAll(async () => {
  await Promise.all([kafka.stop(), postgres.stop()])
  await rm(directory, { recursive: true, force: true })
})

test('a service that starts before database and broker says so, takes orders as soon as the database is there, and is ready when the broker is; when they go it says so, and recovers', async () => {
  const { logger, lines } = recordingLogger()
  const environment = { DATABASE_URL: postgres.url(), KAFKA: kafka.bootstrapServers }
  const properties = loadProperties({
    files: [fileURLToPath(new URL('counter-service/application.properties', import.meta.url))],
    environment,
  })
  await using service = createApp(readConfig(properties), logger)
  const add = () => postJson(`${service.url}/counters/c-1`, '{"by":1}')
  const ready = () => call(`${service.url}/health/ready`)
  const component = async (name: string) => ((await ready()).body.components as Record<string, { up: boolean }>)[name]

  // nothing is there
  const started = service.start()
  await waitFor(() => service.url, { what: 'the service to listen' })
  expect((await call(`${service.url}/health/live`)).status).toBe(200)
  expect((await ready()).status).toBe(503)
  expect(await component('service')).toMatchObject({ up: false, detail: 'starting: database' })
  expect((await add()).problem).toMatchObject({ status: 503, code: 'SERVICE_NOT_READY' })
  await waitFor(() => lines.some(({ msg }) => String(msg).startsWith('waiting for the database')), {
    what: 'the wait in the log',
  })

  // the database comes: requests are served, events are stored
  await postgres.start()
  await waitFor(async () => (await add()).status === 200, { what: 'a request to be accepted' })
  expect(await component('database')).toMatchObject({ up: true })
  expect((await ready()).status).toBe(503)
  await waitFor(() => lines.some(({ msg }) => String(msg).startsWith('waiting for topics')), {
    what: 'the wait for the broker in the log',
  })

  // the broker comes: what was stored is published
  await kafka.start()
  await started
  expect((await ready()).status).toBe(200)
  await waitFor(() => lines.some(({ msg }) => msg === 'published'), { what: 'the stored event to be published' })

  // both go without a word
  await Promise.all([postgres.kill(), kafka.kill()])
  await waitFor(async () => (await ready()).status === 503, { what: 'not ready' })
  expect(await component('database')).toMatchObject({ up: false })
  await waitFor(async () => (await component('kafka-consumer'))?.up === false, {
    what: 'the consumer down',
  })
  const refused = await add()
  expect(refused.problem).toMatchObject({ status: 503, code: 'DEPENDENCY_UNAVAILABLE' })
  expect(refused.headers.get('retry-after')).not.toBeNull()
  expect((await call(`${service.url}/health/live`)).status).toBe(200)

  // and come back
  await Promise.all([postgres.start(), kafka.start()])
  await waitFor(async () => (await ready()).status === 200, { what: 'ready again' })
  const before = lines.filter(({ msg }) => msg === 'published').length
  expect((await add()).status).toBe(200)
  await waitFor(() => lines.filter(({ msg }) => msg === 'published').length > before, { what: 'a publication' })
})
