import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedKafka } from '@stocker/embedded-kafka'
import { startEmbeddedPostgres } from '@stocker/embedded-postgres'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** `host:port` of the broker. */
    kafka: string
    /** Connection string of the superuser. */
    postgres: string
  }
}

/** A test run that is interrupted by the machine's end is run anew: nothing needs to reach the disk. */
export const POSTGRES_TEST_SETTINGS = { fsync: 'off', full_page_writes: 'off', max_connections: '200' } as const

interface TestServer {
  readonly address: string
  stop(): Promise<void>
}

/** One broker and one PostgreSQL for the whole run; those of TEST_KAFKA and TEST_POSTGRES if a developer keeps some running. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const starting = await Promise.allSettled([
    running(process.env.TEST_KAFKA) ?? startKafka(),
    running(process.env.TEST_POSTGRES) ?? startPostgres(),
  ])
  const stop = async () => {
    await Promise.all(starting.map((server) => (server.status === 'fulfilled' ? server.value.stop() : undefined)))
  }
  const [kafka, postgres] = starting
  if (kafka.status === 'rejected' || postgres.status === 'rejected') {
    await stop()
    throw kafka.status === 'rejected' ? kafka.reason : (postgres as PromiseRejectedResult).reason
  }
  project.provide('kafka', kafka.value.address)
  project.provide('postgres', postgres.value.address)
  return stop
}

function running(address: string | undefined): TestServer | undefined {
  return address === undefined || address === '' ? undefined : { address, stop: async () => undefined }
}

async function startKafka(): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'stocker-test-kafka-'))
  const kafka = await startEmbeddedKafka({
    dataDir,
    port: 0,
    onProgress: (message) => console.log(`kafka: ${message}`),
  })
  return {
    address: kafka.bootstrapServers,
    async stop() {
      await kafka.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function startPostgres(): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'stocker-test-postgres-'))
  const postgres = await startEmbeddedPostgres({ dataDir, port: 0, settings: POSTGRES_TEST_SETTINGS })
  return {
    address: postgres.url(),
    async stop() {
      await postgres.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
