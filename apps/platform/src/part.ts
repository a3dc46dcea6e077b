/** How a part's process ended. */
export interface PartExit {
  readonly pid: number
  readonly code: number | null
  readonly signal: string | null
}

/** One process that the platform keeps running: a service, the broker or the database. */
export interface Part {
  readonly name: string
  readonly logFile: string
  /** Undefined while there is no process. */
  readonly pid: number | undefined
  /** What an unfinished start waits for, in words. */
  readonly waitsFor: string
  /** Starts the process, on the data of the last one; resolves when it can be used, rejects when it ends before. */
  start(signal: AbortSignal): Promise<void>
  /** Resolves when the process that was started last has ended, however. */
  exited(): Promise<PartExit>
  /** Graceful, then by force. Resolves when the process is gone. */
  stop(): Promise<void>
  kill(signal: NodeJS.Signals): void
  /** Its last words, for the report of an exit. */
  lastLines(): Promise<readonly string[]>
}

export const NEVER_STARTED: PartExit = { pid: 0, code: null, signal: null }
