import type { LogEntry } from './log-entry.ts'

/** A line of one of several logs. */
export interface LogLine extends LogEntry {
  readonly service: string
  /** The same whenever it is read: its log, and where it begins there. */
  readonly id: string
}

/** What a tail of logs says at once. */
export interface LogFrame {
  /** The oldest first. */
  readonly rows: readonly LogLine[]
  /** Lines that came into the logs, and those of them that fit. */
  readonly lines: number
  readonly matched: number
  /** One of so many that fit is among the rows; 1: all. */
  readonly oneIn: number
  /** From where to where it was read: a listener whose place is not `since` has missed something, and asks for it. */
  readonly since: string
  readonly place: string
  /** Whether something between is not there any more, or was too much. */
  readonly gap: boolean
}
