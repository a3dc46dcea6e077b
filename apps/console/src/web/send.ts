/** What an island sends to the API; for the browser alone. */
export interface SendOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** What the API refused, with its words for people. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number
  /** As in docs/generated/errors.md. */
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** Asks the console's API for JSON, as the viewer of this page. Throws `Refused` on every status from 400 on. */
export async function send<T>(url: string, { method = 'GET', body, signal }: SendOptions = {}): Promise<T> {
  const csrf = document.querySelector<HTMLMetaElement>('meta[name=csrf]')?.content ?? ''
  const response = await fetch(url, {
    method,
    headers: {
      accept: 'application/json',
      ...(method !== 'GET' && { 'x-csrf-token': csrf }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  })
  if (response.ok) return (await response.json()) as T
  const problem = await response.json().catch(() => ({}))
  throw new Refused(
    response.status,
    problem.code ?? 'UNKNOWN',
    problem.detail ?? `The console answered ${response.status}.`,
  )
}
