import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { Pool } from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createTestDatabase, waitFor } from '../../../../test/servers.ts'
import { migrate } from '../../src/database/migrate.ts'
import type { Logger } from '../../src/logging/create-logger.ts'
import { createLogger } from '../../src/logging/create-logger.ts'
import { createMetrics } from '../../src/metrics/create-metrics.ts'
import { addWebhooks, webhookMigrations } from '../../src/webhooks/webhook-outbox.ts'
import type { WebhookSenderOptions } from '../../src/webhooks/webhook-sender.ts'
import { WebhookSender } from '../../src/webhooks/webhook-sender.ts'
import { WEBHOOK_ID_HEADER } from '../../src/webhooks/webhook-signature.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
/** As the runbook has it. */
const SEND_AGAIN =
  'update webhook_messages set given_up_at = null, attempts = 0, refusals = 0, due_at = now() where given_up_at is not null'

const silent = createLogger({ service: 'sender', level: 'silent' })

/** A receiver that gives each message the next of its statuses, the last one again and again. */
const receiver = async (statuses: Readonly<Record<string, readonly number[]>>) => {
  const received: string[] = []
  const server = createServer((request, response) => {
    const id = String(request.headers[WEBHOOK_ID_HEADER])
    const of = statuses[id] ?? [200]
    response.statusCode = of[Math.min(received.filter((other) => other === id).length, of.length - 1)] ?? 200
    received.push(id)
    request.resume().on('end', () => response.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const times = (id: string) => received.filter((other) => other === id).length
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, received, times }
}

const outbox = async (migrations = webhookMigrations) => {
  const database = await createTestDatabase()
  const pool = new Pool({ connectionString: database.url })
  // A connection that is still being closed when its database is dropped.
  pool.on('error', () => {})
  onTestFinished(async () => {
    await pool.end()
    await database.drop()
  })
  await migrate({ pool, url: database.url, migrations, logger: silent })
  const add = (...messages: readonly (readonly [id: string, subject: string])[]) =>
    pool.query(addWebhooks(messages.map(([id, subject]) => ({ id, subject, body: { of: subject }, delayMs: 0 }))))
  const row = async (id: string) => (await pool.query('select * from webhook_messages where id = $1', [id])).rows[0]
  const givenUp = (id: string) => waitFor(async () => (await row(id))?.given_up_at, { what: `${id} to be given up` })
  const taken = (id: string) => waitFor(async () => (await row(id))?.taken_at, { what: `${id} to be taken` })
  return { url: database.url, pool, add, row, givenUp, taken }
}

const sending = (pool: Pool, url: string, options: Partial<WebhookSenderOptions> = {}) => {
  const metrics = createMetrics({ process: false })
  const sender = new WebhookSender({
    pool,
    metrics,
    logger: silent,
    name: 'shop',
    url: () => url,
    secrets: [SECRET],
    retryDelayMs: 1,
    maxRetryDelayMs: 1,
    maxRefusals: 3,
    maxAttempts: 6,
    ...options,
  })
  sender.start()
  onTestFinished(() => sender.stop())
  const counted = async () =>
    /^webhooks_given_up_total\{.*sender="shop".*\} (\d+)$/m.exec(await metrics.exposition())?.[1]
  return { sender, counted }
}

const errorLog = (): { readonly logger: Logger; readonly lines: () => readonly Record<string, unknown>[] } => {
  const written: string[] = []
  const destination = new Writable({
    write: (chunk, _, done) => {
      written.push(String(chunk))
      done()
    },
  })
  const logger = createLogger({ service: 'sender', level: 'error', destination })
  return {
    logger,
    lines: () =>
      written
        .join('')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
  }
}

describe('a webhook that its receiver refuses', () => {
  it('is given up after some attempts: kept with the last answer, logged once, counted', async () => {
    // given
    const { pool, add, row, givenUp, taken } = await outbox()
    const { url, times } = await receiver({ bad: [404, 400] })
    const { logger, lines } = errorLog()
    await add(['bad', 'o-1'], ['next', 'o-1'])

    // when
    const { counted } = sending(pool, url, { logger })

    // then it holds up the next one of its subject no longer
    await givenUp('bad')
    await taken('next')
    expect(times('bad')).toBe(3)
    expect(await row('bad')).toMatchObject({
      attempts: 3,
      last_error: 'it was answered with 400',
      body: '{"of":"o-1"}',
      taken_at: null,
    })
    expect(await counted()).toBe('1')
    expect(lines()).toMatchObject([{ sender: 'shop', webhookId: 'bad', subject: 'o-1', attempts: 3 }])
  })

  it('is not given up by its first refusal because its receiver was away before', async () => {
    const { pool, add, row, givenUp } = await outbox()
    const { url, times } = await receiver({ shut: [503, 503, 503, 404, 500, 404, 404] })
    await add(['shut', 'o-1'])
    sending(pool, url, { maxAttempts: 10 })
    await givenUp('shut')
    expect(times('shut')).toBe(7)
    expect(await row('shut')).toMatchObject({ attempts: 7, last_error: 'it was answered with 404' })
  })

  it('is taken when the fault is mended in time', async () => {
    const { pool, add, row, taken } = await outbox()
    const { url, times } = await receiver({ early: [404, 404, 200] })
    await add(['early', 'o-1'])
    const { counted } = sending(pool, url)
    await taken('early')
    expect(times('early')).toBe(3)
    expect(await row('early')).toMatchObject({ body: null, given_up_at: null, last_error: null })
    expect(await counted()).toBe('0')
  })

  it('because it wants no more of them is not sent a second time', async () => {
    const { pool, add, givenUp } = await outbox()
    const { url, times } = await receiver({ unwanted: [410] })
    await add(['unwanted', 'o-1'])
    sending(pool, url)
    await givenUp('unwanted')
    expect(times('unwanted')).toBe(1)
  })
})

describe('a webhook whose receiver cannot take it now', () => {
  it.each([408, 429, 500, 503])('by %i is sent longer than one that is refused, and not for ever', async (status) => {
    const { pool, add, row, givenUp } = await outbox()
    const { url, times } = await receiver({ late: [status] })
    await add(['late', 'o-1'])
    sending(pool, url)
    await givenUp('late')
    expect(times('late')).toBe(6)
    expect(await row('late')).toMatchObject({ attempts: 6, last_error: `it was answered with ${status}` })
  })

  it('because nobody is there is given up as well', async () => {
    const { pool, add, row, givenUp } = await outbox()
    await add(['unheard', 'o-1'])
    const gone = createServer().listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const { port } = gone.address() as AddressInfo
    await new Promise((closed) => gone.close(closed))
    sending(pool, `http://127.0.0.1:${port}/`)
    await givenUp('unheard')
    expect(await row('unheard')).toMatchObject({ attempts: 6, last_error: expect.stringMatching(/ECONNREFUSED/) })
  })
})

describe('a webhook that was given up', () => {
  it('is sent again when an operator has it sent, as the runbook says', async () => {
    // given
    const { pool, add, row, givenUp, taken } = await outbox()
    const { url, times } = await receiver({ bad: [400, 400, 400, 200] })
    await add(['bad', 'o-1'])
    const { sender } = sending(pool, url)
    await givenUp('bad')

    // when
    expect(await readFile(new URL('../../../../docs/runbook.md', import.meta.url), 'utf8')).toContain(SEND_AGAIN)
    await pool.query(SEND_AGAIN)
    sender.wake()

    // then
    await taken('bad')
    expect(times('bad')).toBe(4)
    expect(await row('bad')).toMatchObject({ given_up_at: null, body: null })
  })

  it('is left alone by a sender that starts anew', async () => {
    // given
    const { pool, add, row, givenUp, taken } = await outbox()
    const { url, times } = await receiver({ bad: [410] })
    await add(['bad', 'o-1'])
    const { sender } = sending(pool, url)
    await givenUp('bad')
    await sender.stop()
    await pool.query('update webhook_messages set due_at = now()')

    // when
    await add(['other', 'o-2'])
    sending(pool, url)

    // then
    await taken('other')
    expect(times('bad')).toBe(1)
    expect((await row('bad')).taken_at).toBeNull()
  })
})

it('what was owed before webhooks could be given up is still sent', async () => {
  // given
  const { url: databaseUrl, pool, add, row, taken } = await outbox(webhookMigrations.slice(0, 1))
  const { url } = await receiver({})
  await add(['old', 'o-1'])

  // when
  await migrate({ pool, url: databaseUrl, migrations: webhookMigrations, logger: silent })
  sending(pool, url)

  // then
  await taken('old')
  expect(await row('old')).toMatchObject({ given_up_at: null, body: null })
})
