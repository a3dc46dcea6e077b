import { PROTOCOL } from '../client/protocol-codes.ts'

/** What an answer for a partition means. */
export type Verdict =
  | 'acknowledged'
  /** Again, after a look at who leads. */
  | 'stale-leader'
  /** Again; it was not written. */
  | 'repeat'
  /** Again; it may have been written. */
  | 'uncertain'
  /** Again with a new producer id. */
  | 'lost-state'
  | 'too-large'
  | 'refused'

const STALE_LEADER: ReadonlySet<number> = new Set([
  PROTOCOL.NOT_LEADER_OR_FOLLOWER,
  PROTOCOL.LEADER_NOT_AVAILABLE,
  PROTOCOL.UNKNOWN_TOPIC_OR_PARTITION,
  PROTOCOL.KAFKA_STORAGE_ERROR,
  PROTOCOL.REPLICA_NOT_AVAILABLE,
])
const REPEATABLE: ReadonlySet<number> = new Set([
  PROTOCOL.NETWORK_EXCEPTION,
  PROTOCOL.NOT_ENOUGH_REPLICAS,
  PROTOCOL.THROTTLING_QUOTA_EXCEEDED,
  PROTOCOL.COORDINATOR_LOAD_IN_PROGRESS,
])
/** The broker had written it before it gave up on the replicas. */
const UNCERTAIN: ReadonlySet<number> = new Set([PROTOCOL.REQUEST_TIMED_OUT, PROTOCOL.NOT_ENOUGH_REPLICAS_AFTER_APPEND])
const LOST_STATE: ReadonlySet<number> = new Set([
  PROTOCOL.OUT_OF_ORDER_SEQUENCE_NUMBER,
  PROTOCOL.UNKNOWN_PRODUCER_ID,
  PROTOCOL.INVALID_PRODUCER_EPOCH,
  PROTOCOL.INVALID_PRODUCER_ID_MAPPING,
])

export function judge(code: number): Verdict {
  if (code === PROTOCOL.NONE || code === PROTOCOL.DUPLICATE_SEQUENCE_NUMBER) return 'acknowledged'
  if (code === PROTOCOL.MESSAGE_TOO_LARGE || code === PROTOCOL.RECORD_LIST_TOO_LARGE) return 'too-large'
  if (STALE_LEADER.has(code)) return 'stale-leader'
  if (REPEATABLE.has(code)) return 'repeat'
  if (UNCERTAIN.has(code)) return 'uncertain'
  return LOST_STATE.has(code) ? 'lost-state' : 'refused'
}
