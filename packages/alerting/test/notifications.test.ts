import type { Pool } from 'pg'
import { describe, expect, test } from 'vitest'
import { verifyWebhook, webhookSignature } from '../../service-kit/src/webhooks/webhook-signature.ts'
import type { Alert, Inhibitor, NotificationFailure, Receiver } from '../src/index.ts'
import {
  AlertLog,
  createInhibitor,
  emailReceiver,
  NotificationSender,
  Notifications,
  parseMatchers,
  SilenceStore,
  webhookReceiver,
} from '../src/index.ts'
import { firing, T0, useDesk } from './desk.ts'

const { openDatabase, openWebhook, openMailServer } = useDesk()
const S = 1_000
const TIMINGS = { groupWaitMs: 10 * S, groupIntervalMs: 60 * S, repeatIntervalMs: 3_600 * S }
const ALL = ['page', 'warn', 'ticket']
const NEVER = new AbortController().signal

/** One process: what fires is written down, what is to be told is decided, and sent. */
function processOn(
  pool: Pool,
  receivers: readonly Receiver[],
  { timeoutMs = 20_000, inhibitor }: { readonly timeoutMs?: number; readonly inhibitor?: Inhibitor } = {},
) {
  const log = new AlertLog(pool)
  const silences = new SilenceStore(pool)
  const notifications = new Notifications({
    ...TIMINGS,
    pool,
    receivers,
    groupBy: ['alertname'],
    ...(inhibitor && { inhibitor }),
    consoleUrl: 'http://console:8080/',
  })
  const failures: NotificationFailure[] = []
  const sender = new NotificationSender({
    pool,
    receivers,
    timeoutMs,
    onFailure: (failure) => failures.push(failure),
  })
  /** At a second; answers how many notifications were taken. */
  const round = async (second: number, alerts: readonly Alert[]): Promise<number> => {
    const atMs = T0 + second * S
    const open = await log.sync(alerts, atMs)
    await notifications.decide(open, await silences.notOver(new Date(atMs)), atMs)
    return sender.send(() => new Date(atMs), NEVER)
  }
  return { log, silences, round, failures, notifications, sender }
}

const a = firing('Lagging', { group: 'a' }, T0)
const b = firing('Lagging', { group: 'b' }, T0 + 5 * S)
const broken = firing('Broken', { group: 'a', severity: 'warn' }, T0)

describe('a webhook', () => {
  test('is told of the alerts of a group together, of what comes and goes, and of the end', async () => {
    const { pool } = await openDatabase()
    const { url, taken } = await openWebhook()
    const { round } = processOn(pool, [webhookReceiver({ url, severities: ALL })])

    expect(await round(0, [a])).toBe(0)
    expect(await round(5, [a, b])).toBe(0)
    expect(await round(10, [a, b])).toBe(1)
    expect(await round(15, [a, b])).toBe(0)
    expect(await round(69, [a])).toBe(0)
    expect(await round(70, [a])).toBe(1)
    expect(await round(90, [])).toBe(0)
    expect(await round(130, [])).toBe(1)
    expect(await round(300, [])).toBe(0)

    expect(
      taken.map(({ payload }) => [
        payload.status,
        payload.alerts.map(({ status, labels }) => `${labels.group} ${status}`),
      ]),
    ).toEqual([
      ['firing', ['a firing', 'b firing']],
      ['firing', ['a firing', 'b resolved']],
      ['resolved', ['a resolved']],
    ])
    expect(taken[0]?.payload).toEqual({
      version: '4',
      groupKey: '{}:{alertname="Lagging"}',
      truncatedAlerts: 0,
      status: 'firing',
      receiver: 'webhook',
      groupLabels: { alertname: 'Lagging' },
      commonLabels: { alertname: 'Lagging', severity: 'page' },
      commonAnnotations: { first: 'Look.' },
      externalURL: 'http://console:8080',
      alerts: [
        {
          status: 'firing',
          labels: a.labels,
          annotations: { ...a.annotations, console: 'http://console:8080/consumers?group=a' },
          startsAt: '2026-03-01T12:00:00.000Z',
          endsAt: '0001-01-01T00:00:00Z',
          generatorURL: `http://console:8080/alerts#${a.fingerprint}`,
          fingerprint: a.fingerprint,
        },
        expect.objectContaining({ labels: b.labels }),
      ],
    })
    expect(taken[2]?.payload.alerts[0]?.endsAt).toBe('2026-03-01T12:02:10.000Z')
  })

  test('is not told of what was over before anybody was told', async () => {
    const { pool } = await openDatabase()
    const { url, taken } = await openWebhook()
    const { round } = processOn(pool, [webhookReceiver({ url, severities: ALL })])

    await round(0, [a])
    await round(5, [])
    await round(60, [])

    expect(taken).toEqual([])
  })

  test('is told again of what still fires, unless somebody has acknowledged all of it', async () => {
    const { pool } = await openDatabase()
    const { url, taken } = await openWebhook()
    const { round, log } = processOn(pool, [webhookReceiver({ url, severities: ALL })])
    await round(10, [a, b])
    await log.acknowledge(a.fingerprint, 'ada', 'mine', new Date(T0))

    expect(await round(3_611, [a, b])).toBe(1)
    await log.acknowledge(b.fingerprint, 'ada', 'mine', new Date(T0))
    expect(await round(7_300, [a, b])).toBe(0)
    expect(await round(7_400, [])).toBe(1)

    expect(taken.map(({ payload }) => payload.status)).toEqual(['firing', 'firing', 'resolved'])
  })

  test('is told only of severities that it wants, and of nothing that is silenced', async () => {
    const { pool } = await openDatabase()
    const { url, taken } = await openWebhook()
    const { round, silences } = processOn(pool, [webhookReceiver({ url, severities: ['page'] })])
    await silences.create(
      {
        matchers: [{ label: 'group', operator: '=', value: 'a' }],
        endsAt: new Date(T0 + 100 * S),
        createdBy: 'ada',
        comment: 'known',
      },
      new Date(T0),
    )

    expect(await round(20, [a, broken])).toBe(0)
    expect(await round(30, [a, b, broken])).toBe(1)
    expect(taken[0]?.payload.alerts.map(({ labels }) => labels.group)).toEqual(['b'])
    expect(await round(101, [a, b, broken])).toBe(1)
    expect(taken[1]?.payload.alerts.map(({ labels }) => labels.group)).toEqual(['a', 'b'])
  })

  test('gets a signature by which it knows the sender, when there is a secret', async () => {
    const { pool } = await openDatabase()
    const { url, taken } = await openWebhook()
    const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`
    const timestamp = 1_700_000_000
    const sign = (message: { readonly id: string; readonly body: Buffer }) => ({
      'webhook-id': message.id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': webhookSignature(secret, { ...message, timestamp }),
    })
    await processOn(pool, [webhookReceiver({ url, severities: ALL, sign })]).round(10, [a])

    const { headers = {}, body = Buffer.alloc(0) } = taken[0] ?? {}
    const rules = { secrets: [secret], toleranceMs: 1 }
    expect(verifyWebhook({ headers, body }, rules, new Date(timestamp * S))).toEqual({})
    expect(headers).toMatchObject({ 'idempotency-key': headers['webhook-id'] })
  })
})

describe('a notification that is not taken', () => {
  test('is sent again, later each time, by whichever process is there, with the same id', async () => {
    const { pool } = await openDatabase()
    const { url, taken, state } = await openWebhook()
    const receivers = [webhookReceiver({ url: `${url}?token=s3cret`, severities: ALL })]
    const first = processOn(pool, receivers, { timeoutMs: 500 })
    state.status = 500

    expect(await first.round(10, [a])).toBe(0)
    expect(await first.round(11, [a])).toBe(0)
    state.hangs = true
    expect(await first.round(12, [a])).toBe(0)
    state.hangs = false
    expect(await first.round(15, [a])).toBe(0)
    expect(first.failures.map(({ attempts, reason }) => [attempts, reason.replace(/:\d+/, '')])).toEqual([
      [1, 'The webhook at http://127.0.0.1 did not take it: it answered 500.'],
      [2, 'The webhook at http://127.0.0.1 did not take it: it did not answer in time.'],
    ])

    const second = processOn(pool, receivers)
    state.status = 204
    expect(await second.round(16, [a])).toBe(1)
    expect(taken.map(({ headers }) => headers['idempotency-key'])).toEqual([
      `alert-${second.failures[0]?.id ?? first.failures[0]?.id}`,
    ])
  })

  test('gives way to a newer one about the same alerts, so that nobody gets a heap of old news', async () => {
    const { pool } = await openDatabase()
    const { url, taken, state } = await openWebhook()
    const { round } = processOn(pool, [webhookReceiver({ url, severities: ALL })])
    state.status = 503
    await round(10, [a])
    await round(80, [a, b])
    state.status = 200
    await round(200, [])

    expect(taken.map(({ payload }) => [payload.status, payload.alerts.length])).toEqual([['resolved', 2]])
  })

  test('is given up after a day', async () => {
    const { pool } = await openDatabase()
    const { url, state } = await openWebhook()
    const { sender, failures, notifications, log } = processOn(pool, [webhookReceiver({ url, severities: ALL })])
    state.status = 500
    await notifications.decide(await log.sync([a], T0), [], T0 + 10 * S)

    for (let hour = 0; hour <= 30; hour++) await sender.send(() => new Date(T0 + 10 * S + hour * 3_600 * S), NEVER)

    expect(failures.map(({ givenUp }) => givenUp)).toEqual([...Array.from({ length: 24 }, () => false), true])
    const { rows } = await pool.query('select last_error, given_up_at from alert_notifications')
    expect(rows).toEqual([{ last_error: expect.stringContaining('it answered 500'), given_up_at: expect.any(Date) }])
  })
})

test('two processes on one database tell everything once', async () => {
  const { pool } = await openDatabase()
  const { url, taken } = await openWebhook()
  const receivers = [webhookReceiver({ url, severities: ALL })]
  const both = [processOn(pool, receivers), processOn(pool, receivers)]

  for (const second of [0, 10, 15, 80, 90, 160]) {
    await Promise.all(both.map(({ round }) => round(second, second < 80 ? [a, broken] : [])))
  }

  expect(taken.map(({ payload }) => `${payload.groupLabels.alertname} ${payload.status}`).sort()).toEqual([
    'Broken firing',
    'Broken resolved',
    'Lagging firing',
    'Lagging resolved',
  ])
})

test('a receiver gets no more than so many notifications within a minute; the rest comes later', async () => {
  const { pool } = await openDatabase()
  const { url, taken } = await openWebhook()
  const receivers = [webhookReceiver({ url, severities: ALL })]
  const { log } = processOn(pool, receivers)
  const many = Array.from({ length: 30 }, (_, i) => firing('Lagging', { group: `g${i}` }, T0))
  const notifications = new Notifications({
    ...TIMINGS,
    pool,
    receivers,
    groupBy: ['alertname', 'group'],
    consoleUrl: '',
  })
  const sender = new NotificationSender({ pool, receivers, maxPerMinute: 20, onFailure: () => {} })
  await notifications.decide(await log.sync(many, T0), [], T0 + 10 * S)

  expect(await sender.send(() => new Date(T0 + 10 * S), NEVER)).toBe(20)
  expect(await sender.send(() => new Date(T0 + 40 * S), NEVER)).toBe(0)
  expect(await sender.send(() => new Date(T0 + 71 * S), NEVER)).toBe(10)
  expect(new Set(taken.map(({ payload }) => payload.groupKey)).size).toBe(30)
})

describe('an alert that another one inhibits', () => {
  const inhibitor = createInhibitor([
    { source: parseMatchers('alertname=Broken'), target: parseMatchers('alertname=Lagging'), equal: ['group'] },
  ])

  test('is not told; when it outlives its cause for long enough, it is', async () => {
    const { pool } = await openDatabase()
    const { url, taken } = await openWebhook()
    const { round } = processOn(pool, [webhookReceiver({ url, severities: ALL })], { inhibitor })

    expect(await round(20, [a, b, broken])).toBe(2)
    expect(await round(60, [a, b, broken])).toBe(0)
    expect(await round(80, [a, b])).toBe(1)
    expect(await round(119, [a, b])).toBe(0)
    expect(await round(120, [a, b])).toBe(1)
    expect(await round(200, [a, b])).toBe(0)

    expect(
      taken.map(({ payload }) =>
        payload.alerts.map(({ status, labels }) => [labels.alertname, labels.group, status].join(' ')),
      ),
    ).toEqual([
      ['Broken a firing'],
      ['Lagging b firing'],
      ['Broken a resolved'],
      ['Lagging a firing', 'Lagging b firing'],
    ])
  })

  test('and that ends soon after its cause is never told', async () => {
    const { pool } = await openDatabase()
    const { url, taken } = await openWebhook()
    const { round } = processOn(pool, [webhookReceiver({ url, severities: ALL })], { inhibitor })

    await round(10, [a, broken])
    await round(60, [a, broken])
    await round(75, [a])
    await round(80, [])
    await round(150, [])

    expect(taken.map(({ payload }) => [payload.status, payload.groupLabels.alertname])).toEqual([
      ['firing', 'Broken'],
      ['resolved', 'Broken'],
    ])
  })
})

describe('a mail', () => {
  const mailOptions = { from: 'alerts@example.org', to: ['ada@example.org', 'grace@example.org'], severities: ALL }

  test('says what fires, since when, what to do first and where to look', async () => {
    const { pool } = await openDatabase()
    const { url, mails } = await openMailServer()
    const { round } = processOn(pool, [emailReceiver({ ...mailOptions, smtpUrl: url })])

    await round(10, [a, b])
    await round(80, [])

    const [fires, over] = mails.map(({ text }) =>
      text.replaceAll('=\r\n', '').replaceAll('\r\n', '\n').replaceAll('=3D', '='),
    )
    expect(mails[0]?.to).toEqual(['ada@example.org', 'grace@example.org'])
    expect(fires).toContain('Subject: [FIRING 2] Lagging: Lagging of a\n')
    expect(fires).toMatch(/Message-ID: <alert-\d+@127.0.0.1>/)
    expect(fires).toContain(
      'FIRING (page)  Lagging of a\n  since 2026-03-01T12:00:00.000Z\n  Do this first: Look.\n  Look at http://console:8080/consumers?group=a\n',
    )
    expect(over).toContain('Subject: [RESOLVED] Lagging')
    expect(over).toContain('RESOLVED  Lagging of b')
  })

  test('that the server refuses is tried again, with its reason', async () => {
    const { pool } = await openDatabase()
    const { url, port, mails } = await openMailServer()
    const refused = async (options: Partial<Parameters<typeof emailReceiver>[0]>, second: number) => {
      const { round, failures } = processOn(pool, [emailReceiver({ ...mailOptions, smtpUrl: url, ...options })])
      await round(second, [a])
      return failures.map(({ reason }) => reason)
    }

    expect(await refused({ smtpUrl: `smtp://alerts:wrong@127.0.0.1:${port}` }, 10)).toEqual([
      expect.stringContaining('wrong password'),
    ])
    expect(await refused({ to: ['nobody@example.org'] }, 20)).toEqual([expect.stringContaining('no such mailbox')])
    expect(await refused({ smtpUrl: 'smtp://alerts:secret@127.0.0.1:9' }, 30)).toEqual([
      expect.stringContaining('ECONNREFUSED'),
    ])
    expect(await refused({}, 60)).toEqual([])
    expect(mails).toHaveLength(1)
  })

  test('has one subject line, whatever a label holds', async () => {
    const { pool } = await openDatabase()
    const { url, mails } = await openMailServer()
    const { round } = processOn(pool, [emailReceiver({ ...mailOptions, smtpUrl: url })])

    await round(10, [{ ...a, annotations: { summary: 'a\r\nBcc: eve@example.org\r\n\r\nhello' } }])

    expect(mails[0]?.text.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/m)
    expect(mails[0]?.to).toEqual(['ada@example.org', 'grace@example.org'])
  })
})
