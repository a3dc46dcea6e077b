import { connect } from 'node:net'
import type { ComponentHealth, HealthCheck } from '../health.ts'
import { reasonOf } from '../keep-trying.ts'

/** Up when one of the bootstrap servers accepts a connection. Nothing is sent: credentials and certificates are the clients' business. */
export function brokerReachable(servers: readonly string[], timeoutMs = 1_000): HealthCheck {
  return async (): Promise<ComponentHealth> => {
    const failures: string[] = []
    for (const server of servers) {
      try {
        await accepts(server, timeoutMs)
        return { up: true, detail: `${server} accepts connections` }
      } catch (error) {
        failures.push(`${server}: ${reasonOf(error)}`)
      }
    }
    return { up: false, detail: failures.join('; ') }
  }
}

function accepts(server: string, timeoutMs: number): Promise<void> {
  const { hostname, port } = new URL(`tcp://${server}`)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), timeout: timeoutMs })
    const end = (settle: () => void): void => {
      socket.destroy()
      settle()
    }
    socket.on('connect', () => end(resolve))
    socket.on('timeout', () => end(() => reject(new Error(`no answer within ${timeoutMs} ms`))))
    socket.on('error', (error) => end(() => reject(error)))
  })
}
