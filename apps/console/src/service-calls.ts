import { defineProblems } from '@stocker/service-kit'
import type { WatchedService } from './watched-services.ts'

/** A console does not wait long: what it shows is old by then. */
const TIMEOUT_MS = 3_000

const problems = defineProblems({
  SERVICE_AWAY: {
    status: 503,
    title: 'The service does not answer',
    hint: 'See whether it runs, and whether console.services has its address.',
  },
  SERVICE_REFUSED: {
    status: 502,
    title: 'The service refused what the console asked',
    hint: 'For 401 and 403: console.service-token must be a token that the services take, with the role service.',
  },
})

export interface CallOptions {
  readonly method?: 'GET' | 'POST'
  readonly body?: unknown
  /** Milliseconds, default 3,000. */
  readonly timeoutMs?: number
}

/** Asks a watched service for JSON. @throws ProblemError SERVICE_AWAY, SERVICE_REFUSED */
export type CallService = <T>(
  service: Pick<WatchedService, 'name' | 'url'>,
  path: string,
  options?: CallOptions,
) => Promise<T>

/** As another service of the platform. `token`: undefined where the services ask nobody for one. */
export const createServiceCalls =
  (token: string | undefined): CallService =>
  async ({ name, url }, path, { method = 'GET', body, timeoutMs = TIMEOUT_MS } = {}) => {
    let response: Response
    try {
      response = await fetch(`${url}${path}`, {
        method,
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          accept: 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
    } catch (error) {
      throw problems('SERVICE_AWAY', `${name} at ${url} does not answer.`, { cause: error })
    }
    if (response.ok) return response.json()
    const { detail = '' } = (await response.json().catch(() => ({}))) as { readonly detail?: string }
    throw problems('SERVICE_REFUSED', `${name} answered ${response.status} to ${method} ${path}. ${detail}`.trim(), {
      refusal: { status: response.status, detail },
    })
  }
