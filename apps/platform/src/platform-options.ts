import type { PlatformListener } from './events.ts'
import type { Topology } from './topology.ts'

/** A number is meant exactly (0: any free one); `preferred` moves to the next free port when it is taken. */
export type PortChoice = number | { readonly preferred: number }

export interface PlatformOptions {
  /** What to run. Default: `topology.ts`. */
  readonly topology?: Topology
  /** Kept between starts. Default: a temporary directory, removed by `stop()`. */
  readonly dataDir?: string
  /** Empties `dataDir` first. Default false. */
  readonly fresh?: boolean
  /** Names of the services to run. Default: all. */
  readonly services?: readonly string[]
  /** Default 0. */
  readonly kafkaPort?: PortChoice
  /** Default 0. */
  readonly postgresPort?: PortChoice
  /** Services listen on this port plus their distance from the topology's base; 0: each on any free port. Default 0. */
  readonly portBase?: PortChoice
  /** A broker (`host:port`) and a database server (superuser's URL) that already run and are neither started nor stopped. */
  readonly external?: { readonly kafka?: string; readonly postgres?: string }
  /** Environment of every service, above this process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Environment of single services, by name, above `environment`. */
  readonly serviceEnvironment?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Reads the services' logs while they run and reports `step` and `problem`. Costs CPU under load. Default false. */
  readonly followLogs?: boolean
  /** Hears everything, from the first moment of the start. */
  readonly onEvent?: PlatformListener
  /** Aborting gives up the start; what runs already is stopped. */
  readonly signal?: AbortSignal
}
