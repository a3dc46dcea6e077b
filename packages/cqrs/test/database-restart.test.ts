import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '@stocker/embedded-postgres'
import { Pool } from 'pg'
import { afterAll, expect, test } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import type { OutgoingRecord } from '../src/index.ts'
import {
  CqrsError,
  createCommandBus,
  createEventStore,
  createInbox,
  createPublisher,
  migrations,
} from '../src/index.ts'
import { account, savings } from './bank.ts'
import { message, newId } from './kernel.ts'

const dataDir = await mkdtemp(join(tmpdir(), 'stocker-restart-'))
const postgres = await startEmbeddedPostgres({ dataDir, port: 0 })
const pool = new Pool({ connectionString: await postgres.createDatabase('restart') })
pool.on('error', () => {})
for (const { up } of migrations) await pool.query(up)
const store = createEventStore({ pool, aggregates: [account, savings] })

afterAll(async () => {
  await store.close()
  await pool.end()
  await postgres.stop()
  await rm(dataDir, { recursive: true, force: true })
})

/** Repeats what may be repeated, until it succeeds. */
async function persist<T>(work: () => Promise<T>, errors: string[]): Promise<T> {
  return waitFor(
    async () => {
      try {
        return { value: await work() }
      } catch (error) {
        if (!(error instanceof CqrsError && error.retryable)) throw error
        errors.push(error.code)
        return undefined
      }
    },
    { what: 'the database' },
  ).then(({ value }) => value)
}

test('a server that dies in the middle costs time and nothing else', async () => {
  const sent: OutgoingRecord[] = []
  const publisher = createPublisher({
    store,
    name: 'restart',
    map: (event) => ({ topic: 't', key: event.stream, value: {}, event }),
    send: async (records) => {
      sent.push(...records)
    },
  })
  publisher.start()
  const inbox = createInbox({
    store,
    consumer: 'restart',
    handlers: {
      Open: ({ key }, unit) => unit.execute(account, key ?? '', { type: 'Open', data: { owner: 'Ann' } }),
      Deposit: ({ key }, unit) => unit.execute(account, key ?? '', { type: 'Deposit', data: { amount: 1 } }),
    },
  })
  const bus = createCommandBus({ store })
  const errors: string[] = []
  const ids = Array.from({ length: 20 }, newId)
  await inbox.handle(ids.map((id) => message('Open', id)))

  const rounds = 60
  let round = 0
  const consuming = (async () => {
    for (; round < rounds; round += 1) {
      const batch = ids.map((id) => message('Deposit', id))
      await persist(() => inbox.handle(batch), errors)
    }
  })()
  const commanding = Promise.all(
    ids.map(async (id) => {
      for (let n = 0; n < rounds; n += 1) {
        const idempotency = { key: `${id} ${n}`, fingerprint: '' }
        await persist(
          () => bus.execute(account, id, { type: 'Deposit', data: { amount: 1 } }, { correlationId: id, idempotency }),
          errors,
        )
      }
    }),
  )
  await waitFor(() => round >= 5, { what: 'some rounds' })
  await postgres.kill()
  await waitFor(() => errors.length > 0 && publisher.state !== 'leading', { what: 'the loss to be noticed' })
  expect(publisher.lastError).toBeInstanceOf(Error)
  await postgres.start()
  await Promise.all([consuming, commanding])

  // All others could be repeated, too: what takes too long on a busy machine.
  expect(errors).toContain('DATABASE_UNAVAILABLE')
  for (const id of ids) {
    expect((await store.load(account, id)).state).toMatchObject({ balance: 2 * rounds, movements: 2 * rounds })
  }
  await waitFor(async () => publisher.state === 'leading' && (await publisher.lag()).events === 0, {
    what: 'all to be sent',
  })
  await publisher.stop()
  await bus.close()
  for (const id of ids) {
    // A batch may be sent twice; without the repeats every stream is complete and in order.
    const seen = new Set<string>()
    const versions = sent
      .filter(({ key, event }) => key === `account-${id}` && !seen.has(event.id) && seen.add(event.id))
      .map(({ event }) => event.version)
    expect(versions).toEqual(Array.from({ length: 2 * rounds + 1 }, (_, n) => n + 1))
  }
})
