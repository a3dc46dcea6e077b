import { systemProblem } from './problems.ts'
import type { SystemConfig } from './system-settings.ts'

/** What can be done to a process. */
export const PART_ACTIONS = ['stop', 'start', 'restart', 'pause', 'resume'] as const
export type PartAction = (typeof PART_ACTIONS)[number]

/** A process, as whoever runs it tells it. */
export interface PartReport {
  readonly name: string
  readonly kind: 'service' | 'server'
  readonly state: 'starting' | 'ready' | 'paused' | 'stopping' | 'stopped'
  readonly pid: number | null
  readonly restarts: number
}

export interface Control {
  /** Whether there is somebody who runs the processes and lets himself be asked. */
  readonly available: boolean
  /** Undefined while it does not answer, or is not available. */
  parts(): Promise<readonly PartReport[] | undefined>
  /** @throws ProblemError NO_CONTROL, CONTROL_REFUSED */
  act(part: string, action: PartAction): Promise<PartReport>
}

const READ_TIMEOUT_MS = 2_000
/** A service that drains may take its time. */
const ACT_TIMEOUT_MS = 30_000

export function createControl(config: SystemConfig['control']): Control {
  const ask = (path: string, method: string, timeoutMs: number): Promise<Response> =>
    fetch(`${config?.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${config?.token}` },
      signal: AbortSignal.timeout(timeoutMs),
    })
  return {
    available: config !== undefined,
    parts: async () => {
      if (config === undefined) return undefined
      try {
        const response = await ask('/parts', 'GET', READ_TIMEOUT_MS)
        return response.ok ? ((await response.json()) as { parts: readonly PartReport[] }).parts : undefined
      } catch {
        return undefined
      }
    },
    act: async (part, action) => {
      if (config === undefined) {
        throw systemProblem('NO_CONTROL', `Nobody is known who could ${action} ${part}.`)
      }
      const response = await ask(`/parts/${encodeURIComponent(part)}/${action}`, 'POST', ACT_TIMEOUT_MS).catch(
        (error: Error) => {
          throw systemProblem('CONTROL_REFUSED', `The supervisor at ${config.url} does not answer: ${error.message}`)
        },
      )
      const body = (await response.json()) as PartReport & { readonly error?: string }
      if (!response.ok)
        throw systemProblem('CONTROL_REFUSED', `${part} was not asked to ${action}: ${body.error ?? ''}`)
      return body
    },
  }
}
