import type { TokenClaims } from '@stocker/service-kit/development-issuer'
import type { ControlAddress, PartReport } from './control/control-server.ts'
import type { PartAction } from './control/part-switches.ts'
import type { PlatformEventName, PlatformEventOf, ServiceAddress } from './events.ts'

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
