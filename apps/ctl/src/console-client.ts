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

/** The console's API; a problem is thrown in its own words. */
export function createConsoleClient(url: string): ConsoleClient {
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${url}/ops/api/${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
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
