import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NotificationPayload } from '@stocker/alerting'
import { loadProperties } from '@stocker/properties'
import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { createTestDatabase, waitFor } from '../../../../test/servers.ts'
import { readAlertsConfig } from '../../src/alerts/alert-settings.ts'
import type { AlertsFrame, AlertView, EpisodeView, RuleView, SilenceView } from '../../src/alerts/alert-views.ts'
import type { TestConsole } from '../start-console.ts'
import { startConsole } from '../start-console.ts'
import type { MetricsServer } from './shop-metrics.ts'
import { startMetricsServer } from './shop-metrics.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const RULES = `
groups:
  - name: test
    rules:
      - alert: Lagging
        expr: lag > 5
        labels: { severity: page }
        annotations:
          summary: '{{ $labels.group }} is {{ $value }} behind'
          first: Look at it.
          console: /consumers?group={{ $labels.group }}
          runbook_url: docs/runbook.md#lagging
      - alert: Slow
        expr: took > 1
        for: 1h
        labels: { severity: warn }
`

/** Options of a console that looks every 100 ms at the metrics of the order service of the test. */
async function shop() {
  const folder = mkdtempSync(join(tmpdir(), 'alerts-'))
  closing.push(() => rmSync(folder, { recursive: true }))
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const rules = file('rules.yml', RULES)
  const metrics = await startMetricsServer('lag{group="a"} 0\n')
  closing.push(() => metrics[Symbol.asyncDispose]())
  return {
    metrics,
    file,
    options: {
      'alerts.rules-file': rules,
      'alerts.interval': '100ms',
      'alerts.group-wait': '0ms',
      'alerts.group-interval': '0ms',
      'console.services.order-service.url': metrics.url,
    },
  }
}

async function open(options: Readonly<Record<string, string>>): Promise<TestConsole> {
  const opened = await startConsole(options)
  closing.push(() => opened[Symbol.asyncDispose]())
  return opened
}

const get = async <T>(
  opened: TestConsole,
  path: string,
  role: Parameters<TestConsole['ask']>[0] = 'viewer',
): Promise<T> => {
  const response = await opened.ask(role, path)
  expect(response.status, path).toBe(200)
  return (await response.json()) as T
}

const post = (opened: TestConsole, role: Parameters<TestConsole['ask']>[0], path: string, body: object) =>
  opened.ask(role, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

const alerts = async (opened: TestConsole, role?: Parameters<TestConsole['ask']>[0]): Promise<readonly AlertView[]> =>
  (await get<AlertsFrame>(opened, '/ops/api/alerts', role)).alerts

const fires = (opened: TestConsole) =>
  waitFor(async () => (await alerts(opened)).find(({ state }) => state === 'firing'), { what: 'an alert that fires' })

async function isOver(metrics: MetricsServer, opened: TestConsole): Promise<void> {
  metrics.text = 'lag{group="a"} 0\n'
  await waitFor(async () => (await alerts(opened)).length === 0, { what: 'the end of all alerts' })
}

describe('the alerts of the console', () => {
  it('fire by what the services tell, are told of on every way, and are resolved by themselves', async () => {
    const { metrics, options } = await shop()
    const opened = await open(options)
    await waitFor(async () => (await get<AlertsFrame>(opened, '/ops/api/alerts')).at, { what: 'the first round' })
    expect(await alerts(opened)).toEqual([])
    expect(await (await opened.ask('viewer', '/ops/api/alerts.txt')).text()).toMatch(/^Nothing fires \(/)

    metrics.text = 'lag{group="a"} 7\ntook 2\n'
    const alert = await fires(opened)

    expect(alert).toMatchObject({
      alertname: 'Lagging',
      severity: 'page',
      summary: 'a is 7 behind',
      first: 'Look at it.',
      page: '/consumers?group=a',
      value: 7,
      labels: { group: 'a', job: 'order-service', alertname: 'Lagging' },
      acknowledgement: null,
    })
    const all = await waitFor(async () => ((await alerts(opened)).length === 2 ? alerts(opened) : undefined), {
      what: 'both alerts',
    })
    expect(all.map(({ alertname, state }) => [alertname, state])).toEqual([
      ['Lagging', 'firing'],
      ['Slow', 'pending'],
    ])
    expect(await (await opened.ask('viewer', '/ops/api/alerts.txt')).text()).toContain(
      'FIRING  page   Lagging: a is 7 behind',
    )
    const { rules } = await get<{ rules: RuleView[] }>(opened, '/ops/api/alerts/rules')
    expect(rules.map(({ name, state, for: held }) => [name, state, held])).toEqual([
      ['Lagging', 'firing', '0s'],
      ['Slow', 'pending', '1h'],
    ])
    expect(await get(opened, '/ops/api/alerts/rules/Lagging/chart')).toMatchObject({
      threshold: 5,
      operator: '>',
      series: [{ labels: { group: 'a' } }],
    })
    expect((await opened.ask('viewer', '/ops/api/alerts/rules/Nothing/chart')).status).toBe(404)
    expect(await (await fetch(`${opened.url}/metrics`)).text()).toContain(
      'alerts_firing{alertname="Lagging",severity="page"} 1',
    )

    await isOver(metrics, opened)
    const episodes = await waitFor(
      async () => {
        const page = await get<{ episodes: EpisodeView[] }>(opened, '/ops/api/alerts/history')
        return page.episodes.every(({ resolvedAt }) => resolvedAt !== null) ? page.episodes : undefined
      },
      { what: 'the end in the history' },
    )
    expect(episodes.map(({ alertname, summary }) => [alertname, summary])).toEqual([['Lagging', 'a is 7 behind']])
    expect(await (await fetch(`${opened.url}/metrics`)).text()).toContain(
      'alerts_firing{alertname="Lagging",severity="page"} 0',
    )
  })

  it('are acknowledged and silenced by operators only, who are named in the audit', async () => {
    const { metrics, options } = await shop()
    const opened = await open(options)
    metrics.text = 'lag{group="a"} 7\n'
    const { fingerprint } = await fires(opened)
    const acknowledge = `/ops/api/alerts/${fingerprint}/acknowledge`
    const silence = {
      matchers: [{ label: 'alertname', operator: '=', value: 'Lagging' }],
      durationMs: 60_000,
      comment: 'a load test by Ada',
    }

    for (const role of ['viewer', 'support'] as const) {
      expect((await post(opened, role, acknowledge, { note: 'x' })).status).toBe(403)
      expect((await post(opened, role, '/ops/api/alerts/silences', silence)).status).toBe(403)
    }
    expect((await post(opened, 'operator', acknowledge, { note: 'I restart it' })).status).toBe(204)
    const created = await post(opened, 'operator', '/ops/api/alerts/silences', silence)
    expect(created.status).toBe(201)
    const { id } = (await created.json()) as SilenceView

    expect(await alerts(opened, 'operator')).toMatchObject([
      { acknowledgement: { note: 'I restart it' }, silencedBy: [id] },
    ])
    expect(await alerts(opened, 'support')).toMatchObject([{ acknowledgement: { note: null } }])
    expect(await get(opened, '/ops/api/alerts/silences', 'support')).toMatchObject({
      silences: [{ comment: null, active: true }],
    })
    expect((await post(opened, 'operator', `/ops/api/alerts/silences/${id}/expire`, {})).status).toBe(200)
    expect(await alerts(opened)).toMatchObject([{ silencedBy: [] }])
    const { actions } = await get<{ actions: { action: string; target: string; reason: string }[] }>(
      opened,
      '/ops/api/audit',
      'operator',
    )
    expect(actions.map(({ action, target, reason }) => [action, target, reason])).toEqual([
      ['end silence', `silence:${id}`, ''],
      ['silence', `silence:${id}`, 'a load test by Ada'],
      ['acknowledge', 'alert:Lagging', 'I restart it'],
    ])

    const refusals = [
      await post(opened, 'operator', '/ops/api/alerts/0000000000000000/acknowledge', { note: 'x' }),
      await post(opened, 'operator', '/ops/api/alerts/silences/999/expire', {}),
      await post(opened, 'operator', '/ops/api/alerts/silences', {
        ...silence,
        matchers: [{ label: 'a', operator: '=~', value: '.*' }],
      }),
    ]
    expect(
      await Promise.all(
        refusals.map(async (response) => [response.status, ((await response.json()) as { code: string }).code]),
      ),
    ).toEqual([
      [404, 'ALERT_NOT_FOUND'],
      [404, 'SILENCE_NOT_FOUND'],
      [422, 'SILENCE_INVALID'],
    ])
  })

  it('are on pages, with forms that an operator can use without a script', async () => {
    const { metrics, options } = await shop()
    const opened = await open(options)
    metrics.text = 'lag{group="a"} 7\n'
    const { fingerprint } = await fires(opened)
    const form = (path: string, fields: Readonly<Record<string, string>>) =>
      opened.ask('operator', path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(fields).toString(),
      })

    expect((await form(`/alerts/${fingerprint}/acknowledge`, { reason: 'mine' })).headers.get('location')).toBe(
      '/alerts',
    )
    expect((await form(`/alerts/${fingerprint}/silence`, { reason: 'known', durationMs: '3600000' })).status).toBe(303)

    const html = await (await opened.ask('operator', '/alerts', { headers: { accept: 'text/html' } })).text()
    expect(html).toContain('One alert fires; somebody must look at it now.')
    expect(html).toContain('a is 7 behind')
    expect(html).toContain('silenced')
    const seen = await (await opened.ask('viewer', '/alerts', { headers: { accept: 'text/html' } })).text()
    expect(seen).not.toContain('Acknowledge<')
    const rule = await (
      await opened.ask('viewer', '/alerts/rules/Lagging', { headers: { accept: 'text/html' } })
    ).text()
    expect(rule).toContain('it fires at > 5')
    expect((await opened.ask('viewer', '/alerts/rules/Nothing', { headers: { accept: 'text/html' } })).status).toBe(404)
    const { silences } = await get<{ silences: SilenceView[] }>(opened, '/ops/api/alerts/silences')
    expect((await form(`/alerts/silences/${silences[0]?.id}/expire`, {})).headers.get('location')).toBe(
      '/alerts#silences',
    )
  })

  it('go on over a restart: what fires, who is at it, and what is silenced', async () => {
    const { metrics, options } = await shop()
    const database = await createTestDatabase()
    closing.push(() => database.drop())
    const kept = { ...options, 'spring.datasource.url': database.url }
    metrics.text = 'lag{group="a"} 7\n'
    const before = await startConsole(kept)
    const { fingerprint, firesAt } = await fires(before)
    await post(before, 'operator', `/ops/api/alerts/${fingerprint}/acknowledge`, { note: 'mine' })
    await post(before, 'operator', '/ops/api/alerts/silences', {
      matchers: [{ label: 'group', operator: '=', value: 'a' }],
      durationMs: 600_000,
      comment: 'known',
    })
    await before[Symbol.asyncDispose]()
    metrics.text = undefined

    const opened = await open(kept)
    const after = await fires(opened)

    expect(after).toMatchObject({
      fingerprint,
      firesAt,
      acknowledgement: { note: null },
      silencedBy: [expect.any(String)],
    })
  }, 120_000)

  it('go on over a restart: what is pending, since when, and what ranges over days look at', async () => {
    const { metrics, file, options } = await shop()
    const database = await createTestDatabase()
    closing.push(() => database.drop())
    const kept = {
      ...options,
      'spring.datasource.url': database.url,
      'alerts.rules-file': file(
        'long.yml',
        `groups: [{ name: g, rules: [{ alert: Slow, expr: took > 1, for: 1h }, { alert: Burning, expr: 'increase(late_total[3d]) > 30' }] }]`,
      ),
    }
    metrics.text = 'took 2\nlate_total 5\n'
    const before = await startConsole(kept)
    const pool = new pg.Pool({ connectionString: database.url, max: 1 })
    closing.push(() => pool.end())
    await waitFor(async () => (await pool.query('select 1 from alert_samples, alert_pending')).rowCount, {
      what: 'what the next process needs',
    })
    await before[Symbol.asyncDispose]()
    await pool.query(`update alert_pending set active_at = active_at - interval '30 minutes'`)
    metrics.text = 'took 2\nlate_total 50\n'

    const opened = await open(kept)
    const all = await waitFor(async () => ((await alerts(opened)).length === 2 ? alerts(opened) : undefined), {
      what: 'both alerts',
    })

    const [burning, slow] = all.toSorted((one, other) => one.alertname.localeCompare(other.alertname))
    expect([burning?.state, slow?.state]).toEqual(['firing', 'pending'])
    expect(Date.now() - Date.parse(slow?.activeAt ?? '')).toBeGreaterThanOrEqual(30 * 60_000)
  }, 120_000)

  it('fire for a service that is gone long before the next round would look at it again', async () => {
    const { metrics, options } = await shop()
    const { 'alerts.rules-file': _, ...shipped } = options
    metrics.text = undefined
    const opened = await open({ ...shipped, 'alerts.interval': '1h' })

    const alert = await waitFor(
      async () =>
        (await alerts(opened)).find(
          ({ alertname, state, labels }) =>
            alertname === 'ServiceDown' && state === 'firing' && labels.job === 'order-service',
        ),
      { what: 'ServiceDown', timeoutMs: 60_000 },
    )

    expect(alert.labels.service).toBe('order-service')
  }, 120_000)

  it('say that a service does not answer', async () => {
    const { metrics, options } = await shop()
    const { 'alerts.rules-file': _, ...shipped } = options
    const opened = await open({ ...shipped, 'alerts.interval': '500ms' })
    metrics.text = undefined

    const { targets } = await waitFor(
      async () => {
        const answer = await get<{ targets: { job: string; up: boolean; error?: string }[] }>(
          opened,
          '/ops/api/alerts/targets',
        )
        const of = (name: string) => answer.targets.find(({ job }) => job === name)
        return of('order-service')?.error && of('console')?.up ? answer : undefined
      },
      { what: 'a round of scrapes, one of which failed' },
    )

    expect(targets.find(({ job }) => job === 'order-service')).toMatchObject({
      up: false,
      error: expect.stringContaining('503'),
    })
    // The rules are evaluated when all targets have been asked.
    await waitFor(
      async () =>
        (await alerts(opened)).some(({ alertname, state }) => alertname === 'ServiceDown' && state === 'pending'),
      { what: 'the pending alert' },
    )
  })

  it('say which other alert is their cause, and are nothing to be looked at then', async () => {
    const { metrics, options, file } = await shop()
    const alertmanager = file(
      'alertmanager.yml',
      'inhibit_rules: [{ source_matchers: [alertname=Lagging, group=a], target_matchers: [group=b] }]',
    )
    const opened = await open({ ...options, 'alerts.alertmanager-file': alertmanager })
    metrics.text = 'lag{group="a",consumergroup="a-group"} 7\nlag{group="b"} 8\n'

    const all = await waitFor(
      async () => {
        const seen = await alerts(opened)
        return seen.length === 2 && seen.every(({ state }) => state === 'firing') ? seen : undefined
      },
      { what: 'both alerts' },
    )

    const [cause, effect] = all.toSorted((one, other) => (one.value ?? 0) - (other.value ?? 0))
    expect([cause?.inhibitedBy, effect?.inhibitedBy]).toEqual([
      [],
      [{ fingerprint: cause?.fingerprint, alertname: 'Lagging', of: 'a-group' }],
    ])
    expect(await (await opened.ask('viewer', '/ops/api/alerts.txt')).text()).toContain(
      ', not told because of Lagging of a-group\n',
    )
    const html = await (await opened.ask('viewer', '/alerts', { headers: { accept: 'text/html' } })).text()
    expect(html).toContain('2 alerts fire; somebody must look at 1 of them now.')
    expect(html).toContain(`because of <a href="#${cause?.fingerprint}">Lagging of a-group</a>`)
    const home = await get<{ alerts: { summary: string }[] }>(opened, '/ops/api/home')
    expect(home.alerts.map(({ summary }) => summary)).toEqual(['a is 7 behind'])

    metrics.text = 'lag{group="b"} 8\n'
    await waitFor(async () => (await alerts(opened)).map(({ inhibitedBy }) => inhibitedBy.length).join() === '0', {
      what: 'the alert without its cause',
    })
  })

  it('are posted to whom is configured, when they fire and when they are over', async () => {
    const told: NotificationPayload[] = []
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      told.push(JSON.parse(Buffer.concat(chunks).toString('utf8')))
      response.writeHead(200).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => {
      server.closeAllConnections()
      server.close()
    })
    const { metrics, options } = await shop()
    const opened = await open({
      ...options,
      'alerts.webhook.url': `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      'alerts.webhook.severities': 'page',
      'alerts.console-url': 'https://console.example.org',
    })
    metrics.text = 'lag{group="a"} 7\ntook 2\n'
    await waitFor(() => told.length === 1, { what: 'the first notification' })
    await isOver(metrics, opened)
    await waitFor(() => told.length === 2, { what: 'the second notification' })

    expect(told.map(({ status, alerts: [alert] }) => [status, alert?.annotations.console])).toEqual([
      ['firing', 'https://console.example.org/consumers?group=a'],
      ['resolved', 'https://console.example.org/consumers?group=a'],
    ])
  })
})

describe('the configuration of the alerts', () => {
  const read = (overrides: Readonly<Record<string, string>>) =>
    readAlertsConfig(loadProperties({ files: [], environment: {}, overrides }), 8080)

  it('takes the rules of the platform, and tells nobody, by default', () => {
    expect(read({})).toMatchObject({ intervalMs: 5_000, consoleUrl: 'http://localhost:8080', groupBy: ['alertname'] })
    expect(read({}).rulesFile).toMatch(/ops\/alerts\.prom\.yml$/)
    expect(read({})).not.toHaveProperty('webhook')
    expect(read({})).not.toHaveProperty('email')
  })

  it.each([
    [{ 'alerts.webhook.url': 'ftp://x' }, 'alerts.webhook.url is no http:// or https:// URL.'],
    [{ 'alerts.webhook.secret': 'abc' }, 'alerts.webhook.secret must be whsec_'],
    [{ 'alerts.email.smtp-url': 'smtp://localhost' }, 'needs alerts.email.from and alerts.email.to'],
    [{ 'alerts.intervall': '5s' }, 'alerts.interval'],
  ])('says what is wrong: %j', (overrides, message) => {
    expect(() => read(overrides)).toThrow(message)
  })
})
