import { afterEach, expect, it } from 'vitest'
import { waitFor } from '../../../../test/servers.ts'
import type { TestConsole } from '../browser/test-console.ts'
import { openTestConsole, TOKENS } from '../browser/test-console.ts'

let opened: TestConsole | undefined
afterEach(async () => {
  await opened?.close()
  opened = undefined
})

const authorized = (role: keyof typeof TOKENS) => ({ authorization: `Bearer ${TOKENS[role]}` })

async function listen(url: string, role: keyof typeof TOKENS) {
  const aborted = new AbortController()
  const response = await fetch(url, { headers: authorized(role), signal: aborted.signal })
  let text = ''
  const read = async (): Promise<void> => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString()
  }
  const ended = read().catch(() => undefined)
  return { response, text: () => text, ended, leave: () => aborted.abort() }
}

it('one stream carries several channels, each by its name, and leaves them when the tab is closed', async () => {
  const open = new Map<string, (data: unknown) => void>()
  opened = await openTestConsole((_app, hub) => {
    for (const name of ['home', 'order']) {
      hub.channel(name, {
        kind: 'latest',
        access: 'viewer',
        open: (argument, _viewer, push) => {
          open.set(`${name} ${argument}`, push)
          return () => open.delete(`${name} ${argument}`)
        },
      })
    }
  })

  const stream = await listen(`${opened.url}/ops/stream?ch=home,order:1042%252C7`, 'viewer')
  expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect([...open.keys()]).toEqual(['home ', 'order 1042,7'])
  open.get('home ')?.({ orders: 3 })
  open.get('order 1042,7')?.('PAID')
  await waitFor(() => stream.text().includes('PAID'), { what: 'both frames' })
  expect(stream.text()).toBe('retry: 2000\n\nevent: home\ndata: {"orders":3}\n\nevent: order:1042,7\ndata: "PAID"\n\n')

  stream.leave()
  await waitFor(() => open.size === 0, { what: 'the channels to be closed' })
})

it('streams end when the console stops', async () => {
  opened = await openTestConsole((_app, hub) => {
    hub.channel('home', { kind: 'latest', access: 'viewer', open: () => () => {} })
  })
  const stream = await listen(`${opened.url}/ops/stream?ch=home`, 'viewer')

  await opened.close()
  await stream.ended

  expect(stream.text()).toBe('retry: 2000\n\n')
})

it.each([
  { ch: 'nothing', role: 'viewer', status: 404, code: 'CHANNEL_NOT_FOUND' },
  { ch: 'encoded:%25', role: 'viewer', status: 404, code: 'CHANNEL_NOT_FOUND' },
  { ch: 'secrets', role: 'viewer', status: 403, code: 'CHANNEL_NOT_ALLOWED' },
  {
    ch: Array.from({ length: 21 }, (_, at) => `home:${at}`).join(','),
    role: 'viewer',
    status: 422,
    code: 'TOO_MANY_CHANNELS',
  },
  { ch: '', role: 'viewer', status: 400, code: 'VALIDATION_FAILED' },
] as const)('a stream that cannot be is refused with $code', async ({ ch, role, status, code }) => {
  opened = await openTestConsole((_app, hub) => {
    hub.channel('home', { kind: 'latest', access: 'viewer', open: () => () => {} })
    hub.channel('encoded', {
      kind: 'latest',
      access: 'viewer',
      open: (argument) => {
        decodeURIComponent(argument)
        return () => {}
      },
    })
    hub.channel('secrets', { kind: 'latest', access: 'operator', open: () => () => {} })
  })

  const response = await opened.app.inject({
    url: '/ops/stream',
    query: { ch },
    headers: { host: 'localhost', ...authorized(role) },
  })

  expect({ status: response.statusCode, code: response.json().code }).toEqual({ status, code })
})
