// Keeps a broker and a PostgreSQL running for test runs, which then start a few seconds sooner: `node test/keep-servers.ts`, and run the
// two lines that it prints in the terminal of the tests. Ctrl-C ends both and removes their data.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedKafka } from '@stocker/embedded-kafka'
import { startEmbeddedPostgres } from '@stocker/embedded-postgres'
import { POSTGRES_TEST_SETTINGS } from './global-setup.ts'

const directories = await Promise.all(
  ['kafka', 'postgres'].map((name) => mkdtemp(join(tmpdir(), `stocker-keep-${name}-`))),
)
const [kafkaDir = '', postgresDir = ''] = directories
const [kafka, postgres] = await Promise.all([
  startEmbeddedKafka({ dataDir: kafkaDir, port: 0, onProgress: (message) => console.error(`# ${message}`) }),
  startEmbeddedPostgres({ dataDir: postgresDir, port: 0, settings: POSTGRES_TEST_SETTINGS }),
])

console.log(`export TEST_KAFKA=${kafka.bootstrapServers}`)
console.log(`export TEST_POSTGRES=${postgres.url()}`)

async function end(): Promise<void> {
  await Promise.all([kafka.stop(), postgres.stop()])
  await Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true })))
}

process.once('SIGINT', end)
process.once('SIGTERM', end)
