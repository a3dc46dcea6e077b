import type { Logger } from '../client/logger.ts'

export interface SenderOptions {
  /** Default silent. */
  readonly logger?: Logger
}

export interface SenderMetrics {
  /** Records that the broker acknowledged. */
  readonly acknowledgedRecords: number
  /** Records whose sender got an error. */
  readonly failedRecords: number
  readonly requests: number
  /** Batches that were sent again. */
  readonly repeatedBatches: number
  readonly waitingRecords: number
  readonly waitingBytes: number
  /** Milliseconds since 1970; undefined before the first acknowledgement. */
  readonly lastAcknowledgedAt: number | undefined
}
