import { Type } from 'typebox'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { html } from '../../src/web/html.ts'
import { page } from '../../src/web/page.ts'
import type { TestConsole } from '../browser/test-console.ts'
import { openTestConsole, TOKENS } from '../browser/test-console.ts'

let opened: TestConsole
beforeEach(async () => {
  opened = await openTestConsole((app) => {
    page(app, {
      path: '/orders',
      access: 'support',
      title: 'Orders',
      nav: 'orders',
      query: Type.Object({ search: Type.Optional(Type.String()) }),
      render: ({ query: { search } }) =>
        search === 'o-1' ? { redirectTo: '/orders/o-1' } : { body: html`<p>Found for ${search}: nothing</p>` },
    })
    page(app, {
      path: '/system',
      access: 'operator',
      title: 'System',
      nav: 'system',
      render: () => ({ body: html`<p>up</p>` }),
    })
    page(app, {
      path: '/broken',
      access: 'viewer',
      title: 'Broken',
      render: () => {
        throw new Error('the table is gone')
      },
    })
  })
})
afterEach(() => opened.close())

const get = (url: string, headers: Record<string, string> = {}, role: keyof typeof TOKENS = 'support') =>
  opened.app.inject({
    url,
    headers: { host: 'localhost', authorization: `Bearer ${TOKENS[role]}`, accept: 'text/html', ...headers },
  })

describe('a page', () => {
  it('is a whole document; what is put into it is text, never markup', async () => {
    const { body, headers } = await get('/orders?search=%3Cscript%3E')

    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
    expect(body).toContain('<title>Orders · Amazon Platform</title>')
    expect(body).toContain('<p>Found for &lt;script>: nothing</p>')
    expect(body).not.toContain('<script>')
  })

  it('leads only to pages that the viewer may see', async () => {
    const entries = async (role: keyof typeof TOKENS) =>
      [...(await get('/orders', {}, role)).body.matchAll(/data-key="(.)"/g)].map(([, key]) => key)

    expect(await entries('support')).toEqual(['o'])
    expect(await entries('operator')).toEqual(['o', 'y'])
  })

  it('may send on to another one', async () => {
    const { statusCode, headers } = await get('/orders?search=o-1')

    expect({ statusCode, location: headers.location }).toEqual({ statusCode: 303, location: '/orders/o-1' })
  })

  it('is drawn in the theme and times that the viewer chose, and never in one that a cookie makes up', async () => {
    expect((await get('/orders', { cookie: 'theme=dark; times=local' })).body).toContain(
      '<html lang="en" data-theme="dark" data-times="local">',
    )
    expect((await get('/orders', { cookie: 'theme="><script>' })).body).toContain(
      '<html lang="en" data-theme="auto" data-times="utc">',
    )
  })
})

describe('an answer', () => {
  it.each(['/orders', '/nothing', '/ops/stream?ch=x', '/assets/none.js'])(
    'of %s lets scripts and styles come from the console alone',
    async (url) => {
      const { headers } = await get(url)

      expect(headers).toMatchObject({
        'content-security-policy':
          "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'same-origin',
      })
    },
  )

  it('about a problem is a page for people and a problem document for programs', async () => {
    const forPeople = await get('/nothing')
    const forPrograms = await get('/nothing', { accept: '*/*' })

    expect(forPeople.statusCode).toBe(404)
    expect(forPeople.body).toContain('<h1>There is nothing at this address</h1>')
    expect(forPrograms.statusCode).toBe(404)
    expect(forPrograms.json()).toMatchObject({ code: 'ROUTE_NOT_FOUND' })
  })

  it('about a page that fails says nothing of why; the log does', async () => {
    const { statusCode, body } = await get('/broken')

    expect(statusCode).toBe(500)
    expect(body).toContain('<h1>Something went wrong here</h1>')
    expect(body).not.toContain('the table is gone')
  })
})

describe('scripts and styles', () => {
  it('are named by the pages, may be kept for ever, and come compressed to whom takes that', async () => {
    const { body } = await get('/orders')
    const urls = [...body.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, url = '']) => url)
    expect(urls.length).toBeGreaterThanOrEqual(3)

    for (const url of urls) {
      // Without a login: they hold nothing of anybody.
      const { statusCode, headers, rawPayload } = await opened.app.inject({
        url,
        headers: { host: 'localhost', 'accept-encoding': 'gzip' },
      })
      expect({ url, statusCode, encoding: headers['content-encoding'], cache: headers['cache-control'] }).toEqual({
        url,
        statusCode: 200,
        encoding: 'gzip',
        cache: 'public, max-age=31536000, immutable',
      })
      expect(rawPayload.subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]))
    }
  })
})
