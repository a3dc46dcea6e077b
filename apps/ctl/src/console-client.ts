import { PlatformError } from '@stocker/platform'

export interface ConsoleClient {
  readonly url: string
  /** @throws PlatformError NOT_RUNNING, REFUSED */
  get(path: string, query?: Readonly<Record<string, string>>): Promise<unknown>
  /** Of a route that answers with text. */
  text(path: string): Promise<string>
  post(path: string, body: object): Promise<unknown>
  put(path: string, body: object): Promise<unknown>
  delete(path: string): Promise<unknown>
  /** Server-sent events of a path below /ops, until it ends. */
  events(path: string, signal: AbortSignal): AsyncGenerator<{ readonly event: string; readonly data: unknown }>
}

interface Problem {
  readonly title?: string
  readonly detail?: string
  readonly hint?: string
  readonly code?: string
}

export interface ConsoleAddress {
  readonly url: string
  /** Undefined: none is known, and the console will say so. */
  readonly token: string | undefined
  /** Who asks, for the audit: a token may be shared. */
  readonly name: string
}

/** The console's API; a problem is thrown in its own words. */
export function createConsoleClient({ url, token, name }: ConsoleAddress): ConsoleClient {
  const identity = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    'x-viewer-name': encodeURIComponent(name),
  }
  const reach = async (method: string, path: string, body?: object, signal?: AbortSignal): Promise<Response> => {
    const response = await fetch(`${url}/ops/${path}`, {
      method,
      headers: { ...identity, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    }).catch((cause: unknown) => {
      if (signal?.aborted === true) throw cause
      throw new PlatformError('NOT_RUNNING', `the console does not answer at ${url}: is the platform running?`, cause)
    })
    if (response.ok) return response
    const { title, detail, hint, code } = (await response.json().catch(() => ({}))) as Problem
    const parts = [detail ?? title ?? `the console answered ${response.status}`, hint].filter(
      (part) => part !== undefined,
    )
    throw new PlatformError('REFUSED', `${code ?? response.status}: ${parts.join('. ')}`)
  }
  const call = async (method: string, path: string, body?: object): Promise<unknown> =>
    (await reach(method, `api/${path}`, body)).json()
  return {
    url,
    get: (path, query = {}) => {
      const text = new URLSearchParams(query).toString()
      return call('GET', text === '' ? path : `${path}?${text}`)
    },
    text: async (path) => (await reach('GET', `api/${path}`)).text(),
    post: (path, body) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),
    delete: (path) => call('DELETE', path),
    events: async function* (path, signal) {
      const { body } = await reach('GET', path, undefined, signal)
      let rest = ''
      for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const parts = (rest + chunk).split('\n\n')
        rest = parts.pop() ?? ''
        yield* parts.flatMap(eventIn)
      }
    },
  }
}

/** None in a comment or a `retry`. */
function eventIn(part: string): readonly { readonly event: string; readonly data: unknown }[] {
  const field = (name: string): string | undefined =>
    part
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2)
  const [event, data] = [field('event'), field('data')]
  return event === undefined || data === undefined ? [] : [{ event, data: JSON.parse(data) }]
}
