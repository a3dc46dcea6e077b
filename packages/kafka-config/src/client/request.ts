import type { API, Callback, Connection } from '@platformatic/kafka'
import { NetworkError } from '@platformatic/kafka'

/**
 * One request of the protocol with a limit of our own. A response that carries error codes is a response, not a rejection:
 * the client turns it into an error although other parts of it succeeded, and which part failed is what matters here.
 * Rejects when there is no answer; the connection is destroyed then, because a late answer would find nobody.
 */
export function request<A extends unknown[], R>(
  connection: Connection,
  timeoutMs: number,
  api: API<A, R>,
  ...args: A
): Promise<R> {
  return exchange(connection, timeoutMs, (callback) => {
    // The declared type cannot express "arguments, then callback".
    ;(api as unknown as (connection: Connection, ...rest: unknown[]) => void)(connection, ...args, callback)
  })
}

export function exchange<R>(
  connection: Connection,
  timeoutMs: number,
  start: (callback: Callback<R>) => void,
): Promise<R> {
  return new Promise<R>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new NetworkError(`No answer from ${connection.host}:${connection.port} within ${timeoutMs} ms`))
      connection.socket?.destroy()
    }, timeoutMs)
    start((error, response) => {
      clearTimeout(timer)
      if (!error) return resolve(response as R)
      const carried = (error as { response?: R }).response
      if (carried !== undefined && carried !== null) resolve(carried)
      else reject(error)
    })
  })
}
