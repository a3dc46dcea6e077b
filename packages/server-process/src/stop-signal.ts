export interface StopSignal {
  readonly signal: NodeJS.Signals
  /** How long the server may take to end after it. */
  readonly waitMs: number
}
