/** Sends JSON and reads JSON. An answer other than 2xx is an error that quotes what the service said. */
export async function call<T>(
  method: 'GET' | 'POST',
  url: string,
  o: { body?: object; headers?: Record<string, string>; signal: AbortSignal },
): Promise<T> {
  const response = await fetch(url, {
    method,
    signal: o.signal,
    headers: { ...(o.body !== undefined && { 'content-type': 'application/json' }), ...o.headers },
    ...(o.body !== undefined && { body: JSON.stringify(o.body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new UnexpectedAnswer(method, url, response.status, text)
  return JSON.parse(text) as T
}

export class UnexpectedAnswer extends Error {
  readonly status: number

  constructor(method: string, url: string, status: number, text: string) {
    super(`${method} ${url} answered ${status}: ${text.slice(0, 500)}`)
    this.name = 'UnexpectedAnswer'
    this.status = status
  }
}
