import { setTimeout as delay } from 'node:timers/promises'

/** Sends JSON and reads JSON. An answer other than 2xx is an error that quotes what the service said. */
export async function call<T>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  o: { body?: object; headers?: Record<string, string>; signal: AbortSignal },
): Promise<T> {
  const response = await reach(method, url, {
    signal: o.signal,
    headers: { ...(o.body !== undefined && { 'content-type': 'application/json' }), ...o.headers },
    ...(o.body !== undefined && { body: JSON.stringify(o.body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new UnexpectedAnswer(method, url, response.status, text)
  return JSON.parse(text) as T
}

const RETRY_MS = 20

/** Repeats a call for as long as it is answered with this status. */
export async function eventually<T>(signal: AbortSignal, status: number, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof UnexpectedAnswer) || error.status !== status) throw error
      await delay(RETRY_MS, undefined, { signal })
    }
  }
}

/** "fetch failed" names neither the address nor the reason. */
async function reach(method: string, url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { method, ...request })
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    throw new Error(`${method} ${url} was not answered: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
}

export class UnexpectedAnswer extends Error {
  readonly status: number
  /** Of the problem document, if it was one. */
  readonly code: string | undefined
  /** As it came. */
  readonly text: string

  constructor(method: string, url: string, status: number, text: string) {
    super(`${method} ${url} answered ${status}: ${text.slice(0, 500)}`)
    this.name = 'UnexpectedAnswer'
    this.status = status
    this.text = text
    this.code = /"code":"(\w+)"/.exec(text)?.[1]
  }
}

/** For a `catch`: takes the refusal of this code, and nothing else, for an answer. */
export const expectRefusal =
  (code: string) =>
  (error: unknown): void => {
    if (!(error instanceof UnexpectedAnswer) || error.code !== code) throw error
  }

/** The problem document with which a request is refused. Fails when it is accepted, or refused for another reason. */
export async function refusal<T extends object>(code: string, request: Promise<unknown>): Promise<T> {
  const answer = await request.catch((error: unknown) => error)
  if (answer instanceof UnexpectedAnswer && answer.code === code) return JSON.parse(answer.text) as T
  throw answer instanceof Error ? answer : new Error(`a request was accepted that should be refused as ${code}`)
}
