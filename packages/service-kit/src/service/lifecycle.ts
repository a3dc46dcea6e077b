import { setTimeout as sleep } from 'node:timers/promises'
import { ServiceKitError } from '../errors.ts'
import type { HealthRegistry } from '../health.ts'
import type { HttpApp } from '../http/create-http-app.ts'
import { keepTrying, reasonOf } from '../keep-trying.ts'
import type { Logger } from '../logging/create-logger.ts'
import { isUnavailable } from '../unavailable.ts'

export interface Service {
  readonly name: string
  readonly logger: Logger
  /** For tests: `app.inject`. */
  readonly app: HttpApp
  /** `http://127.0.0.1:8082`; undefined before it listens. */
  readonly url: string | undefined
  /** Time since an event was handled or published, or since the service was made. */
  quietMs(): number
  /** How long `close` may take before the process should end without it. Milliseconds. */
  readonly shutdownTimeoutMs: number
  /**
   * Listens, then goes through the steps, each repeated while what it needs is away. Resolves when all components are healthy; rejects with STOPPED
   * when `close` comes first, and with the error of a step that no waiting cures (then call `close`).
   */
  start(): Promise<void>
  /** Finishes what is in hand and releases everything; any number of calls, in any state. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** One part of a service. What is started first is stopped last. */
export interface Step {
  readonly name: string
  readonly start?: (signal: AbortSignal) => void | Promise<void>
  readonly stop?: () => void | Promise<void>
}

export interface LifecycleOptions {
  readonly name: string
  readonly logger: Logger
  readonly health: HealthRegistry
  readonly app: HttpApp
  readonly address: { readonly host: string; readonly port: number }
  readonly steps: readonly Step[]
  readonly shutdownTimeoutMs: number
  readonly quietMs: () => number
  /** Aborted when stopping begins. */
  readonly stopping: AbortController
}

/** Part of the time for a stop that requests under way may take; the rest is for what was accepted. */
const HTTP_SHARE = 0.5
const HEALTH_POLL_MS = 50

/** new → starting → ready → stopping → stopped; stopping may come from each of the first three. */
type State = 'new' | 'starting' | 'ready' | 'stopping' | 'stopped'

export function createLifecycle(options: LifecycleOptions): Service {
  const { name, logger, health, app, address, steps, shutdownTimeoutMs, stopping } = options
  let state: State = 'new'
  let doing = 'not started'
  let url: string | undefined
  let closing: Promise<void> | undefined
  const reached: Step[] = []

  health.add('service', () => ({ up: state === 'ready', detail: state === 'starting' ? `starting: ${doing}` : state }))

  const start = async (): Promise<void> => {
    if (state !== 'new') throw new ServiceKitError('STOPPED', `${name} is ${state}; a service is started once.`)
    state = 'starting'
    url = await listen(app, address)
    for (const step of steps) {
      if (stopping.signal.aborted) throw new ServiceKitError('STOPPED', `${name} was stopped while starting.`)
      doing = step.name
      reached.push(step)
      await keepTrying(async () => step.start?.(stopping.signal), {
        what: step.name,
        logger,
        signal: stopping.signal,
        retryable: isUnavailable,
      })
    }
    state = 'ready'
    await untilHealthy(health, logger, stopping.signal)
  }

  const close = async (): Promise<void> => {
    state = 'stopping'
    stopping.abort()
    await quietly('http', () => drain(app, shutdownTimeoutMs * HTTP_SHARE), logger)
    for (const step of reached.toReversed()) await quietly(step.name, () => step.stop?.(), logger)
    // What was built but never started holds things too: pools, timers, connections.
    for (const step of steps.filter((candidate) => !reached.includes(candidate)).toReversed()) {
      await quietly(step.name, () => step.stop?.(), logger)
    }
    state = 'stopped'
  }

  const closeOnce = (): Promise<void> => {
    closing ??= close()
    return closing
  }
  return {
    name,
    logger,
    app,
    get url() {
      return url
    },
    shutdownTimeoutMs,
    quietMs: options.quietMs,
    start,
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  }
}

async function listen(app: HttpApp, { host, port }: { readonly host: string; readonly port: number }): Promise<string> {
  try {
    await app.listen({ host, port, listenTextResolver: (at) => `listening at ${at}` })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new ServiceKitError(
        'ADDRESS_IN_USE',
        `Port ${port} of ${host} is taken by another process; set server.port to a free one, or to 0.`,
        {
          cause: error,
        },
      )
    }
    throw error
  }
  return app.listeningOrigin
}

async function untilHealthy(health: HealthRegistry, logger: Logger, signal: AbortSignal): Promise<void> {
  const check = async (): Promise<void> => {
    const { status, components } = await health.report()
    if (status === 'up') return
    const down = Object.entries(components).filter(([, { up }]) => !up)
    throw new Error(down.map(([component, { detail }]) => `${component}: ${detail}`).join('; '))
  }
  await keepTrying(check, {
    what: 'all components',
    logger,
    signal,
    backOff: { initialDelayMs: HEALTH_POLL_MS, maxDelayMs: HEALTH_POLL_MS * 4, sayAfterMs: 2_000 },
  })
}

/** Takes no new connections, lets requests under way finish, and closes each connection as soon as it is idle. */
async function drain(app: HttpApp, limitMs: number): Promise<void> {
  const limit = new AbortController()
  const closed = app.close()
  // Node closes idle connections once; those that become idle later would be kept until their keep-alive time-out.
  const sweep = setInterval(() => app.server.closeIdleConnections(), 50)
  const late = sleep(limitMs, undefined, { signal: limit.signal }).then(
    () => app.server.closeAllConnections(),
    () => {},
  )
  try {
    await closed
  } finally {
    clearInterval(sweep)
    limit.abort()
    await late
  }
}

/** One part that cannot be stopped must not keep the others from it. */
async function quietly(what: string, stop: () => void | Promise<void>, logger: Logger): Promise<void> {
  try {
    await stop()
  } catch (error) {
    logger.warn({ what, reason: reasonOf(error) }, `could not stop ${what}`)
  }
}
