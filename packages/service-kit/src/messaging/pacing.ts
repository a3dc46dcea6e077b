/**
 * Under load a batch waits for company: a transaction, a produce request and an offset commit cost about the same for 20 events as for 100, and
 * every service shares the machine with the others. Below this number of records a batch is taken for a service at rest and nothing waits.
 */
export const PACE_FROM_RECORDS = 16

/** From the start of one batch to the start of the next. Milliseconds. */
export const PACE_INTERVAL_MS = 50
