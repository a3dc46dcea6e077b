import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'pg'
import { SMTPServer } from 'smtp-server'
import { afterEach } from 'vitest'
import { createTestDatabase } from '../../../test/servers.ts'
import type { Alert, Labels, NotificationPayload } from '../src/index.ts'
import { AlertLog, alertingMigrations, fingerprintOf, parseRuleFile, SilenceStore } from '../src/index.ts'

export const T0 = Date.parse('2026-03-01T12:00:00Z')

/** A database with the tables of the package, and servers that notifications can be sent to; all gone after the test. */
export function useDesk() {
  const closing: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  const openDatabase = async () => {
    const database = await createTestDatabase()
    const pool = new Pool({ connectionString: database.url, max: 4 })
    pool.on('error', () => {})
    closing.push(
      () => database.drop(),
      () => pool.end(),
    )
    for (const { up } of alertingMigrations) await pool.query(up)
    return { pool, log: new AlertLog(pool), silences: new SilenceStore(pool) }
  }

  /** Takes webhooks, or refuses them with a status, as the test says. */
  const openWebhook = async () => {
    const taken: {
      readonly headers: IncomingHttpHeaders
      readonly body: Buffer
      readonly payload: NotificationPayload
    }[] = []
    const state = { status: 200, hangs: false, asked: 0 }
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      state.asked += 1
      if (state.hangs) return
      if (state.status < 300) {
        const body = Buffer.concat(chunks)
        taken.push({ headers: request.headers, body, payload: JSON.parse(body.toString('utf8')) })
      }
      response.writeHead(state.status).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => {
      server.closeAllConnections()
      server.close()
    })
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, taken, state }
  }

  /** A mail server that asks for a password; refuses mails for `nobody@…`. */
  const openMailServer = async () => {
    const mails: { readonly to: readonly string[]; readonly text: string }[] = []
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) =>
        username === 'alerts' && password === 'secret'
          ? done(null, { user: username })
          : done(new Error('wrong password')),
      onRcptTo: ({ address }, _session, done) =>
        address.startsWith('nobody@')
          ? done(Object.assign(new Error('no such mailbox'), { responseCode: 550 }))
          : done(),
      onData: (stream, { envelope }, done) => {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          mails.push({
            to: envelope.rcptTo.map(({ address }) => address),
            text: Buffer.concat(chunks).toString('utf8'),
          })
          done()
        })
      },
    })
    server.on('error', () => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => new Promise<void>((resolve) => server.close(() => resolve())))
    const { port } = server.server.address() as AddressInfo
    return { url: `smtp://alerts:secret@127.0.0.1:${port}`, port, mails }
  }

  return { openDatabase, openWebhook, openMailServer }
}

const RULES = parseRuleFile(
  'groups: [{ name: g, rules: [{ alert: Lagging, expr: lag > 5 }, { alert: Broken, expr: broken }] }]',
  'rules.yml',
)

/** A firing alert as the rule engine gives it. */
export function firing(alertname: 'Lagging' | 'Broken', labels: Labels, firedAtMs: number): Alert {
  const rule = RULES.find(({ name }) => name === alertname)
  if (rule === undefined) throw new Error(`no rule ${alertname}`)
  const all = { severity: 'page', ...labels, alertname }
  return {
    rule,
    fingerprint: fingerprintOf(all),
    labels: all,
    annotations: {
      summary: `${alertname} of ${labels.group}`,
      first: 'Look.',
      console: `/consumers?group=${labels.group}`,
    },
    state: 'firing',
    value: 7,
    activeAtMs: firedAtMs - 30_000,
    firedAtMs,
  }
}
