import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mayActAs, ROLES } from '../../src/access/roles.ts'
import type { ListedRoute } from '../../src/access/route-list.ts'
import type { TestConsole } from '../start-console.ts'
import { startConsole } from '../start-console.ts'

let console: TestConsole
let routes: readonly ListedRoute[] = []
beforeAll(async () => {
  console = await startConsole()
  routes = ((await (await console.ask('viewer', '/ops/api/routes')).json()) as { routes: readonly ListedRoute[] })
    .routes
})
afterAll(() => console[Symbol.asyncDispose]())

/** What anybody may reach. Whoever adds to this list shows something to everybody. */
const PUBLIC = ['GET /assets/:file', 'GET /asyncapi.json', 'GET /login', 'POST /login']

const address = ({ path }: ListedRoute): string => path.replaceAll(/:\w+|\*/g, '1')
const nameOf = ({ method, path }: ListedRoute): string => `${method} ${path}`
const bodyOf = ({ method }: ListedRoute): RequestInit =>
  method === 'GET' ? {} : { headers: { 'content-type': 'application/json' }, body: '{}' }

describe('every route of the console', () => {
  it('is listed with who may call it, and only a few are for everybody', () => {
    const open = routes.filter(({ access }) => access === 'public').map(nameOf)

    expect(routes.length).toBeGreaterThan(20)
    expect(open.sort()).toEqual(PUBLIC)
  })

  it('tells nothing to who is not logged in: the API says 401, pages lead to the login', async () => {
    for (const route of routes.filter(({ access }) => access !== 'public')) {
      const { method } = route
      const answer = await fetch(console.url + address(route), { method, redirect: 'manual', ...bodyOf(route) })
      const told = [answer.status, answer.headers.get('location')?.split('?')[0] ?? null]
      expect([nameOf(route), told]).toEqual([
        nameOf(route),
        route.path.startsWith('/ops/') ? [401, null] : [303, '/login'],
      ])
      await answer.body?.cancel()
    }
  })

  it('is refused to every role below its own', async () => {
    for (const route of routes) {
      const needed = route.access
      if (needed === 'public') continue
      for (const role of ROLES.filter((each) => !mayActAs(each, needed))) {
        const answer = await console.ask(role, address(route), { method: route.method, ...bodyOf(route) })
        expect([role, nameOf(route), answer.status]).toEqual([role, nameOf(route), 403])
        await answer.body?.cancel()
      }
    }
  })

  it('that changes something is for operators, apart from what everybody does with their own login', () => {
    const changing = routes.filter(({ method, access }) => method !== 'GET' && !isAtLeastOperator(access))

    expect(changing.map(nameOf).sort()).toEqual(['POST /login', 'POST /logout', 'POST /view-as'])
  })
})

describe('the page that an alert names', () => {
  const rules = readFileSync(new URL('../../../../ops/alerts.prom.yml', import.meta.url), 'utf8')
  const links = [...rules.matchAll(/console: (\S.*)/g)].map(([, link = '']) => link.replaceAll(/\{\{.*?\}\}/g, '1'))

  it('is there', () => {
    const pages = routes.filter(({ method }) => method === 'GET').map((route) => address(route))
    const missing = links.filter((link) => !pages.includes(link.split(/[?#]/)[0] ?? ''))

    expect(links.length).toBeGreaterThan(30)
    expect(missing).toEqual([])
  })
})

const isAtLeastOperator = (access: ListedRoute['access']): boolean =>
  access !== 'public' && mayActAs(access, 'operator')
