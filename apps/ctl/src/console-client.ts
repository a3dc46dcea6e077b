import { PlatformError } from '@stocker/platform'

export interface ConsoleClient {
  /** @throws PlatformError NOT_RUNNING, REFUSED */
  get(path: string, query?: Readonly<Record<string, string>>): Promise<unknown>
  post(path: string, body: object): Promise<unknown>
  put(path: string, body: object): Promise<unknown>
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
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${url}/ops/api/${path}`, {
      method,
      headers: { ...identity, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new PlatformError('NOT_RUNNING', `the console does not answer at ${url}: is the platform running?`, cause)
    })
    const answer: unknown = await response.json().catch(() => ({}))
    if (response.ok) return answer
    const { title, detail, hint, code } = answer as Problem
    const parts = [detail ?? title ?? `the console answered ${response.status}`, hint].filter(
      (part) => part !== undefined,
    )
    throw new PlatformError('REFUSED', `${code ?? response.status}: ${parts.join('. ')}`)
  }
  return {
    get: (path, query = {}) => {
      const text = new URLSearchParams(query).toString()
      return call('GET', text === '' ? path : `${path}?${text}`)
    },
    post: (path, body) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),
  }
}
