import type { TokenClaims } from '@stocker/service-kit/development-issuer'
import type { ControlAddress, PartReport } from './control/control-server.ts'
import { listenForControl } from './control/control-server.ts'
import type { PartAction } from './control/part-switches.ts'
import { PlatformError } from './errors.ts'
import type { PlatformEventName, PlatformEventOf, PlatformListener, ServiceAddress } from './events.ts'
import type { PlatformOptions, PortChoice } from './platform-options.ts'
import { planPlatform } from './platform-plan.ts'
import { PlatformRun } from './platform-run.ts'
import { topology as defaultTopology } from './topology.ts'
import { openWorkplace } from './workplace.ts'

/** A platform that is up: broker, database and services, each kept alive until `stop()`. */
export interface Platform {
  readonly services: readonly ServiceAddress[]
  /** Bootstrap servers, `host:port`. */
  readonly kafka: string
  /** Bearer token of a developer for the console's API. */
  readonly consoleToken: string
  /** URL of one database (`order`, `gateway`, …); without a name, of the server's own. */
  postgres(database?: string): string
  /** Base URL of a service by name; it stays the same when the service is restarted. */
  url(service: string): string
  /** A token that the services believe. @throws PlatformError NO_ISSUER where they are given another issuer */
  token(claims: TokenClaims): Promise<string>
  /** Sends a signal (default SIGKILL) to a service, `kafka` or `postgres`. The platform starts it again. */
  kill(part: string, signal?: NodeJS.Signals): void
  /** Stops, starts, restarts, pauses or resumes a part, as `control` does it for other programs. A part that is stopped so stays stopped. */
  act(part: string, action: PartAction): Promise<void>
  /** Every process, and whether somebody stopped or paused it. */
  reports(): readonly PartReport[]
  /** Where the same is done over HTTP, by the console. */
  readonly control: ControlAddress
  /** Resolves when every part runs and is ready (again). Rejects after `timeoutMs` (default 60 000) and says what is missing. */
  ready(timeoutMs?: number): Promise<void>
  /** Services drain first, then broker and database end. */
  stop(): Promise<void>
  on<N extends PlatformEventName>(event: N, listener: (event: PlatformEventOf<N>) => void): () => void
  /** Pid and seconds from launch to ready of every process, the broker's and the database's too. */
  readonly processes: readonly { readonly name: string; readonly pid: number; readonly startSeconds: number }[]
  readonly dataDir: string
  /** Directory of the log files: `<service>.ndjson`, `<service>.err.log`, `kafka.log`, `postgres.log`. */
  readonly logs: string
  /** From the call to ready. */
  readonly seconds: number
  [Symbol.asyncDispose](): Promise<void>
}

/** Between the choice of a port and its use another program may take it; that is no reason to fail a start that may use any. */
const PORT_CHOICES = 3

/**
 * Starts broker, database and services at once, prints nothing, and resolves when every service is ready.
 * @throws PlatformError with a code of `errors.ts`; nothing is left running then
 */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const beganAt = performance.now()
  const listeners = new Set<PlatformListener>(options.onEvent === undefined ? [] : [options.onEvent])
  const emit: PlatformListener = (event) => {
    for (const listener of listeners) listener(event)
  }
  const fixed = [options.kafkaPort, options.postgresPort, options.portBase].some(isFixed)
  for (let choice = 1; ; choice += 1) {
    try {
      return await startOnce(options, listeners, emit, beganAt)
    } catch (error) {
      const taken = error instanceof PlatformError && error.code === 'PORT_TAKEN'
      if (!taken || fixed || choice === PORT_CHOICES) throw error
      emit({ event: 'notice', message: `${error.message}; it was free a moment ago, choosing again` })
    }
  }
}

async function startOnce(
  options: PlatformOptions,
  listeners: Set<PlatformListener>,
  emit: PlatformListener,
  beganAt: number,
): Promise<Platform> {
  const topology = options.topology ?? defaultTopology
  const workplace = await openWorkplace(options)
  const control = await listenForControl()
  try {
    options.signal?.throwIfAborted()
    const plan = await planPlatform(topology, options, workplace, { emit, control: control.address })
    const run = new PlatformRun({ plan, workplace, topology, listeners, emit, control })
    await run.start(options, beganAt)
    return run
  } catch (error) {
    await control.close()
    await workplace.release()
    if (options.signal?.aborted === true) throw new PlatformError('START_ABORTED', 'the start was given up', error)
    throw error
  }
}

function isFixed(choice: PortChoice | undefined): boolean {
  return typeof choice === 'number' && choice !== 0
}
