import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

// Below every system's ephemeral range (32768+ on Linux, 49152+ on macOS). A port inside that range can be taken, while a
// server is down, by any outgoing connection; a client that keeps reconnecting to it can even connect to itself.
const LOWEST_FREE_PORT = 15_000
const HIGHEST_FREE_PORT = 32_000
const ATTEMPTS = 200

/** Whether nothing listens on `host:port` now. */
export async function isPortFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false)
      else reject(error)
    })
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)))
  })
}

/**
 * A port of `host` that is free now, outside of the range of outgoing connections, so that a server can be stopped and
 * started again on it. Another process may still take it first: callers that asked for any port try again.
 */
export async function freePort(host: string): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(LOWEST_FREE_PORT, HIGHEST_FREE_PORT)
    if (await isPortFree(port, host)) return port
  }
  throw new Error(`no free port found on ${host} between ${LOWEST_FREE_PORT} and ${HIGHEST_FREE_PORT}`)
}
