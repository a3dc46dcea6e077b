/** One part of a running platform as others address it. */
export interface ServiceAddress {
  readonly name: string
  readonly url: string
  readonly pid: number
}

/**
 * Everything the platform says, in the form `--json` prints it: one object per line.
 * Times are ISO 8601 in UTC, durations are in the unit of their name.
 */
export type PlatformEvent =
  | { readonly event: 'starting'; readonly pid: number; readonly dataDir: string; readonly node: string }
  | { readonly event: 'notice'; readonly message: string }
  | {
      readonly event: 'port-taken'
      readonly name: string
      readonly port: number
      readonly owner: string | null
      readonly using: number
    }
  /** How the start goes on. `waiting` comes when a part has taken more than ten seconds. */
  | {
      readonly event: 'progress'
      readonly name: string
      readonly state: 'started' | 'doing' | 'waiting' | 'done'
      readonly message: string
      readonly seconds: number
      readonly logFile?: string
    }
  | {
      readonly event: 'ready'
      readonly services: readonly ServiceAddress[]
      readonly kafka: string
      readonly postgres: string
      /** Where a person opens the console, with its token; left out when no console runs. */
      readonly console?: string
      readonly seconds: number
      readonly firstStart: boolean
    }
  /** One business event that a service published. `key` is the order's id (the cart's on cart-events). */
  | {
      readonly event: 'step'
      readonly at: string
      readonly service: string
      readonly key: string
      readonly type: string
      readonly topic: string
      readonly partition: number
      readonly offset: string
    }
  /** A line of level warn or above in a service's log. */
  | {
      readonly event: 'problem'
      readonly at: string
      readonly service: string
      readonly level: 'warn' | 'error' | 'fatal'
      readonly message: string
    }
  /** Steps and problems left out of this output because there were too many at once. The log files have them. */
  | { readonly event: 'omitted'; readonly count: number }
  | {
      readonly event: 'service-exited'
      readonly name: string
      readonly pid: number
      readonly code: number | null
      readonly signal: string | null
      readonly restartInMs: number
      readonly logFile: string
      readonly lastLines: readonly string[]
    }
  | { readonly event: 'service-restarted'; readonly name: string; readonly pid: number; readonly seconds: number }
  | {
      readonly event: 'already-running'
      readonly pid: number
      readonly services: readonly ServiceAddress[]
      readonly kafka: string
      readonly postgres: string
      readonly console?: string
    }
  /** A command for the reader's own terminal. */
  | { readonly event: 'try'; readonly command: string }
  /** The demo order of a first start, from its POST to its end. */
  | {
      readonly event: 'demo'
      readonly orderId: string
      readonly delivered: boolean
      readonly ms: number
      readonly message: string
    }
  | { readonly event: 'stopping'; readonly reason: string }
  | { readonly event: 'stopped'; readonly seconds: number }
  | { readonly event: 'error'; readonly code: string; readonly message: string; readonly exitCode: number }

export type PlatformEventName = PlatformEvent['event']
export type PlatformEventOf<N extends PlatformEventName> = Extract<PlatformEvent, { event: N }>
export type PlatformListener = (event: PlatformEvent) => void
