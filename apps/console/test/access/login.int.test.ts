import { request } from 'node:http'
import { loadProperties } from '@stocker/properties'
import { createHealth, createHttpApp, createLogger, createMetrics } from '@stocker/service-kit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { waitFor } from '../../../../test/servers.ts'
import { createAccessFeature } from '../../src/access/access-feature.ts'
import { readAccessConfig } from '../../src/access/access-settings.ts'
import type { EndedSessions } from '../../src/access/ended-sessions.ts'
import { createEndedSessions } from '../../src/access/ended-sessions.ts'
import { createActionLog } from '../../src/audit/action-log.ts'
import type { TestConsole } from '../start-console.ts'
import { startConsole, TOKENS } from '../start-console.ts'

let console: TestConsole
beforeAll(async () => {
  console = await startConsole()
})
afterAll(() => console[Symbol.asyncDispose]())

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${console.url}${path}`, { headers, redirect: 'manual' })

const submit = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${console.url}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
  })

const cookieOf = (answer: Response): string => answer.headers.get('set-cookie')?.split(';')[0] ?? ''
const sessionOf = async (cookie: string) =>
  (await get('/ops/api/session', { cookie })).json() as Promise<Record<string, string> & { csrfToken: string }>
const csrfOf = async (cookie: string): Promise<string> => (await sessionOf(cookie)).csrfToken
const logIn = async (token: string, name = 'Ada') => cookieOf(await submit('/login', { token, name }))
const codeOf = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code]

describe('who is not logged in', () => {
  it('is sent from a page to the login, which leads back to the page', async () => {
    const page = await get('/orders?status=STUCK')
    const login = await get(page.headers.get('location') ?? '')

    expect([page.status, page.headers.get('location')]).toEqual([303, '/login?next=%2Forders%3Fstatus%3DSTUCK'])
    expect(await login.text()).toContain('value="/orders?status=STUCK"')
    expect(login.headers.get('content-security-policy')).toContain("default-src 'self'")
  })

  it('is answered 401 by the API, whether the route exists or not', async () => {
    expect(await codeOf(await get('/ops/api/session'))).toEqual([401, 'LOGIN_REQUIRED'])
    expect(await codeOf(await get('/ops/api/nothing'))).toEqual([401, 'LOGIN_REQUIRED'])
    expect((await get('/ops/api/session')).headers.get('www-authenticate')).toBe('Bearer')
  })

  it('may ask whether the console is well, and read its documents', async () => {
    for (const path of ['/health/live', '/health/ready', '/metrics', '/openapi.json', '/docs'])
      expect([path, (await get(path)).status]).toEqual([path, 200])
  })

  it('is not locked out by pages of other sites that let a browser try wrong tokens', async () => {
    const embedded = { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' }
    for (let tries = 0; tries < 12; tries += 1)
      expect(await codeOf(await get('/?t=wrong-wrong-wrong-wrong', embedded))).toEqual([403, 'FOREIGN_REQUEST'])

    expect((await submit('/login', { token: TOKENS.viewer, name: 'x' })).headers.get('location')).toBe('/')
  })

  it('is not sent to another site after the login', async () => {
    for (const next of [
      '//evil.example',
      '/\\evil.example',
      '/\t/evil.example',
      'https://evil.example',
      '/login?next=/',
    ])
      expect((await submit('/login', { token: TOKENS.viewer, name: 'x', next })).headers.get('location')).toBe('/')
  })
})

describe('who follows the printed link', () => {
  it('is logged in by a cookie that scripts and other sites cannot use, and the token leaves the address', async () => {
    const answer = await get(`/?t=${TOKENS.developer}`)

    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/'])
    expect(answer.headers.get('set-cookie')).toMatch(
      /^console_[\w-]{8}=[\w.-]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    )
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    expect(await sessionOf(cookieOf(answer))).toMatchObject({ role: 'developer', ownRole: 'developer' })
  })

  it('is told when the token is wrong', async () => {
    const answer = await get('/login?t=wrong&next=/alerts')
    const form = await get(answer.headers.get('location') ?? '')

    expect(answer.headers.get('set-cookie')).toBeNull()
    expect(await form.text()).toContain('This token does not count')
  })

  it('from another site is let through although a strict cookie does not come along', async () => {
    const withoutCookie = await get('/orders/1?tab=log', { 'sec-fetch-site': 'cross-site' })

    expect(withoutCookie.status).toBe(200)
    expect(await withoutCookie.text()).toContain('<meta http-equiv="refresh" content="0;url=/orders/1?tab=log"')
    expect((await get('/orders/1?tab=log', { 'sec-fetch-site': 'same-origin' })).status).toBe(303)
  })
})

describe('who types name and token', () => {
  it('is known by the name and has the role of the token', async () => {
    expect(await sessionOf(await logIn(TOKENS.support, '  Grace   Hopper\n'))).toEqual({
      name: 'Grace Hopper',
      role: 'support',
      ownRole: 'support',
      csrfToken: expect.any(String),
    })
  })

  it('stays logged in when the console starts anew, and not when the tokens change', async () => {
    const cookie = await logIn(TOKENS.operator)
    await using again = await startConsole()
    await using other = await startConsole({ 'console.access.tokens.operator': 'quite-another-token' })
    const seenBy = (url: string) => fetch(`${url}/ops/api/session`, { headers: { cookie } })

    expect(await (await seenBy(again.url)).json()).toMatchObject({ name: 'Ada', role: 'operator' })
    expect((await seenBy(other.url)).status).toBe(401)
  })

  it('is logged out with every copy of the cookie, at other instances and after a restart too, and nobody else is', async () => {
    const [stolen, other] = [await logIn(TOKENS.operator), await logIn(TOKENS.operator)]
    const statusOf = async (url: string, cookie: string) =>
      (await fetch(`${url}/ops/api/session`, { headers: { cookie } })).status

    const answer = await submit('/logout', { _csrf: await csrfOf(stolen) }, { cookie: stolen })

    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/login'])
    expect(await statusOf(console.url, stolen)).toBe(401)
    expect(await statusOf(console.url, other)).toBe(200)
    await using beside = await startConsole({ 'spring.datasource.url': console.databaseUrl })
    expect(await statusOf(beside.url, stolen)).toBe(401)
    expect(await statusOf(beside.url, other)).toBe(200)
  })

  it('is known to be logged out by other instances soon after', async () => {
    const pool = new pg.Pool({ connectionString: console.databaseUrl })
    onTestFinished(() => pool.end())
    const [here, elsewhere] = [1, 2].map(() =>
      createEndedSessions({
        pool,
        logger: createLogger({ service: 'console', level: 'silent' }),
        now: Date.now,
        intervalMs: 50,
      }),
    ) as [EndedSessions, EndedSessions]
    const heard: string[] = []
    await here.load()
    here.onEnded((id) => heard.push(id))
    await here.start()
    onTestFinished(() => here.stop())
    await elsewhere.end({ id: 'gone', expiresAt: Date.now() + 60_000 })
    await waitFor(() => here.has('gone'), { what: 'the news' })
    expect(heard).toEqual(['gone'])
  })

  it('reads no stream on that was open when they log out', async () => {
    const cookie = await logIn(TOKENS.operator)
    const stream = await get('/ops/stream?ch=home', { cookie })
    const end = new Response(stream.body).text().then(
      () => 'ended',
      () => 'cut',
    )

    await submit('/logout', { _csrf: await csrfOf(cookie) }, { cookie })

    expect(stream.status).toBe(200)
    expect(await end).toBe('cut')
  })

  it('is logged out although the database is away, and it is written down when it is back', async () => {
    const warnings: unknown[] = []
    const pool = new pg.Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/none' })
    onTestFinished(() => pool.end())
    const logger = {
      ...createLogger({ service: 'console', level: 'silent' }),
      warn: (...args: unknown[]) => void warnings.push(args),
    }
    const ended = createEndedSessions({ pool, logger: logger as never, now: Date.now })
    const expiresAt = Date.now() + 60_000

    await ended.end({ id: 'one', expiresAt })
    pool.options.connectionString = console.databaseUrl
    await ended.end({ id: 'two', expiresAt })

    expect(warnings).toHaveLength(1)
    expect([ended.has('one'), ended.has('two'), ended.has('three')]).toEqual([true, true, false])
    const late = createEndedSessions({ pool, logger: logger as never, now: Date.now })
    await late.load()
    expect([late.has('one'), late.has('two')]).toEqual([true, true])
  })

  it('cannot raise the role by changing the cookie', async () => {
    const cookie = await logIn(TOKENS.viewer)
    const [name = '', value = ''] = cookie.split('=')
    const [body = '', signature = ''] = value.split('.')
    const raised = { ...JSON.parse(Buffer.from(body, 'base64url').toString()), role: 'developer', as: 'developer' }
    const forged = `${name}=${Buffer.from(JSON.stringify(raised)).toString('base64url')}.${signature}`

    expect((await get('/ops/api/session', { cookie: forged })).status).toBe(401)
    expect((await get('/ops/api/session', { cookie: `${name}=${body}` })).status).toBe(401)
  })

  it('is not listened to after ten wrong tokens', async () => {
    await using busy = await startConsole()
    const attempt = (token: string) =>
      fetch(`${busy.url}/ops/api/session`, { headers: { authorization: `Bearer ${token}` } })

    for (let n = 0; n < 10; n += 1) expect((await attempt(`guess-${n}`)).status).toBe(401)

    const locked = await attempt(TOKENS.developer)
    expect(await codeOf(locked)).toEqual([429, 'TOO_MANY_REQUESTS'])
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(busy.log.join('')).not.toContain(TOKENS.developer)
  })
})

describe('a request that changes something', () => {
  it('with a cookie needs the token of the page, as header or as field of a form', async () => {
    const cookie = await logIn(TOKENS.operator)
    const token = await csrfOf(cookie)
    const change = (headers: Record<string, string>, fields: Record<string, string> = {}) =>
      submit('/view-as', { role: 'viewer', ...fields }, { cookie, ...headers })

    expect(await codeOf(await change({}))).toEqual([403, 'FOREIGN_REQUEST'])
    expect(await codeOf(await change({ 'x-csrf-token': 'guess' }))).toEqual([403, 'FOREIGN_REQUEST'])
    expect((await change({ 'x-csrf-token': token })).status).toBe(303)
    expect((await change({}, { _csrf: token })).status).toBe(303)
  })

  it('with the cookie and the token is refused from a page of another site', async () => {
    const cookie = await logIn(TOKENS.operator)
    const _csrf = await csrfOf(cookie)
    const change = (headers: Record<string, string>) =>
      submit('/view-as', { role: 'viewer', _csrf }, { cookie, ...headers })

    for (const foreign of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'http://localhost:1' },
      { origin: 'null' },
    ])
      expect(await codeOf(await change(foreign as Record<string, string>))).toEqual([403, 'FOREIGN_REQUEST'])
    expect((await change({ 'sec-fetch-site': 'same-origin' })).status).toBe(303)
    expect((await change({ origin: console.url })).status).toBe(303)
  })

  it('with a bearer token needs no more, for no browser sends it by itself', async () => {
    const answer = await console.ask('operator', '/ops/api/dead-letters/park', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ selection: { ids: ['1'] }, by: 'ada', reason: 'x' }),
    })

    expect(answer.status).toBe(200)
  })

  it('to log in from another site is refused', async () => {
    const answer = await submit('/login', { token: TOKENS.viewer, name: 'x' }, { 'sec-fetch-site': 'cross-site' })

    expect(await codeOf(answer)).toEqual([403, 'FOREIGN_REQUEST'])
  })
})

describe('a developer', () => {
  it('may look at the console as a lower role sees it, and come back', async () => {
    const first = await logIn(TOKENS.developer)
    const csrf = { 'x-csrf-token': await csrfOf(first) }
    const asSupport = cookieOf(await submit('/view-as', { role: 'support' }, { cookie: first, ...csrf }))
    const back = cookieOf(await submit('/view-as', { role: 'developer' }, { cookie: asSupport, ...csrf }))

    expect(await sessionOf(asSupport)).toMatchObject({ role: 'support', ownRole: 'developer' })
    expect(await sessionOf(back)).toMatchObject({ role: 'developer' })
  })

  it('is the only one: a lower role cannot look as a higher one', async () => {
    const cookie = await logIn(TOKENS.support)
    const headers = { cookie, 'x-csrf-token': await csrfOf(cookie) }

    expect(await codeOf(await submit('/view-as', { role: 'operator' }, headers))).toEqual([403, 'ROLE_REQUIRED'])
  })
})

describe('the console', () => {
  it('answers only to its own names', async () => {
    const statusFor = (host: string, path: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const { port } = new URL(console.url)
        request({ host: '127.0.0.1', port, path, headers: { host } }, (answer) => {
          answer.resume()
          resolve(answer.statusCode)
        })
          .on('error', reject)
          .end()
      })

    expect(await statusFor('evil.example', '/login')).toBe(421)
    expect(await statusFor('evil.example:8080', '/ops/api/session')).toBe(421)
    expect(await statusFor('localhost.evil.example', '/')).toBe(421)
    expect(await statusFor('evil.example', '/health/live')).toBe(200)
    for (const host of ['localhost:8080', '127.0.0.1', '[::1]:8080', 'console.localhost'])
      expect([host, await statusFor(host, '/login')]).toEqual([host, 200])
  })

  it('refuses at the start a route that does not say who may use it', () => {
    const logger = createLogger({ service: 'console', level: 'silent' })
    const app = createHttpApp({
      service: 'console',
      version: '1',
      description: '',
      logger,
      health: createHealth(),
      metrics: createMetrics(),
    })
    const access = readAccessConfig(loadProperties({ files: [], environment: {}, overrides: {} }))
    const pool = new pg.Pool()
    createAccessFeature({
      config: { access },
      database: { pool },
      logger,
      actions: createActionLog(pool, logger),
    }).routes(app)

    expect(() => app.get('/forgotten', () => 'open')).toThrow('GET /forgotten does not say who may use it')
    expect(() => app.get('/said', { config: { access: 'viewer' } }, () => 'closed')).not.toThrow()
  })

  it('takes only so many requests of one viewer in a minute', async () => {
    await using small = await startConsole({ 'console.access.requests-per-minute': '2' })
    const statuses: number[] = []
    for (let n = 0; n < 3; n += 1) statuses.push((await small.ask('viewer', '/ops/api/session')).status)

    expect(statuses).toEqual([200, 200, 429])
    expect((await small.ask('support', '/ops/api/session')).status).toBe(200)
  })

  it('makes a token and tells the link when none is configured', async () => {
    const none = Object.fromEntries(Object.keys(TOKENS).map((role) => [`console.access.tokens.${role}`, '']))
    await using open = await startConsole(none)
    const link = /http:\/\/localhost:\d+\/login\?t=[\w-]+/.exec(open.log.join(''))?.[0] ?? ''

    const answer = await fetch(link, { redirect: 'manual' })

    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/'])
    expect(answer.headers.get('set-cookie')).toContain('HttpOnly')
  })
})
