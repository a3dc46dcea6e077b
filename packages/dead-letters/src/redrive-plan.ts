import type { DeadLetterState } from './states.ts'
import { after } from './states.ts'

/** Why a selected dead letter is not sent again. */
export const REFUSALS = {
  NO_GROUP: 'no header says which consumer group failed',
  UNDER_WAY: 'it is part of another redrive',
  HANDLED: 'its group has handled it',
  PARKED: 'it is parked; release it first',
  DISCARDED: 'it is discarded; release it first',
  BEHIND_OLDER: 'an older dead letter of its key comes first',
} as const
export type Refusal = keyof typeof REFUSALS

export interface Candidate {
  readonly id: string
  readonly state: DeadLetterState
  readonly consumerGroup: string
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** Hex of the key; null: no order is kept. */
  readonly key: string | null
  /** The oldest dead letter before it in its key that holds it back and is not selected. */
  readonly behind: string | null
}

export interface PlannedItem {
  readonly id: string
  readonly consumerGroup: string
  /** Items with the same one are sent one after the other, each when the one before it is handled; null: alone. */
  readonly sequence: string | null
}

export interface RefusedItem {
  readonly id: string
  readonly refusal: Refusal
  /** Of BEHIND_OLDER: which one. */
  readonly behind?: string
}

export interface RedrivePlan {
  /** In the order of sending. */
  readonly items: readonly PlannedItem[]
  readonly refused: readonly RefusedItem[]
}

const REFUSED_STATES: Readonly<Partial<Record<DeadLetterState, Refusal>>> = {
  REDRIVING: 'UNDER_WAY',
  REDRIVEN: 'HANDLED',
  PARKED: 'PARKED',
  DISCARDED: 'DISCARDED',
}

/**
 * What is sent, and in which order: of each partition by offset, so that each key keeps its own. What is behind a dead letter that still waits and is
 * not sent itself is refused; a parked or discarded one holds nobody back.
 */
export function planRedrive(candidates: readonly Candidate[]): RedrivePlan {
  const items: PlannedItem[] = []
  const refused: RefusedItem[] = []
  const heldBy = new Map<string, string>()
  for (const candidate of candidates.toSorted(byPlace)) {
    const { id, state, consumerGroup } = candidate
    const sequence = sequenceOf(candidate)
    const behind = candidate.behind ?? (sequence === null ? undefined : heldBy.get(sequence))
    const refusal = refusalOf(candidate, behind)
    if (refusal === undefined) {
      items.push({ id, consumerGroup, sequence })
      continue
    }
    refused.push({ id, refusal, ...(refusal === 'BEHIND_OLDER' && behind !== undefined && { behind }) })
    if (sequence !== null && (state === 'NEW' || state === 'REDRIVING'))
      heldBy.set(sequence, heldBy.get(sequence) ?? id)
  }
  return { items, refused }
}

function refusalOf({ state, consumerGroup }: Candidate, behind: string | undefined): Refusal | undefined {
  if (after(state, 'redrive') === undefined) return REFUSED_STATES[state]
  if (consumerGroup === '') return 'NO_GROUP'
  return behind === undefined ? undefined : 'BEHIND_OLDER'
}

function sequenceOf({ consumerGroup, topic, partition, key }: Candidate): string | null {
  return key === null ? null : JSON.stringify([consumerGroup, topic, partition, key])
}

function byPlace(a: Candidate, b: Candidate): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  if (a.partition !== b.partition) return a.partition - b.partition
  return a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : 0
}
