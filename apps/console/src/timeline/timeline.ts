/**
 * One order across services: what was done for it, by whom, why and how long it took. Plain JSON, since the same shape is answered by the API, written as
 * text and drawn in the browser. Times are ISO 8601 in UTC, durations milliseconds.
 */
export interface Timeline {
  readonly orderId: string
  /** When it was read. */
  readonly asOf: string
  /** Of the order, e.g. DISPATCHED; null when the order itself is not known (yet). */
  readonly status: string | null
  /** First and last thing that happened; null when nothing did. */
  readonly startedAt: string | null
  readonly lastAt: string | null
  /** Services in the order of the story; those that had no part in it are left out. */
  readonly lanes: readonly string[]
  /** In order of time; never before what caused it. Of long ones the middle is folded, see {@link FoldedSteps}. */
  readonly steps: readonly (Step | FoldedSteps)[]
  /** Steps in all, folded ones included. */
  readonly totalSteps: number
  /** What is still to come, the next first. */
  readonly expected: readonly ExpectedStep[]
  /** The hop that took longest of all. */
  readonly slowest: SlowestHop | null
  /** Services whose part could not be read, and why. */
  readonly unread: readonly { readonly service: string; readonly reason: string }[]
}

/**
 * - command: asked for from outside, over HTTP
 * - message: an event of another service was handled
 * - answer: a call to the outside was answered
 * - deadline: a deadline was due
 */
export const STEP_KINDS = ['command', 'message', 'answer', 'deadline'] as const
export type StepKind = (typeof STEP_KINDS)[number]

/** duplicate: had been handled before, and was ignored. dead: given up, and not handled since. undecodable: nobody could read it. */
export const STEP_STATES = ['done', 'duplicate', 'failing', 'dead', 'undecodable'] as const
export type StepState = (typeof STEP_STATES)[number]

/** One piece of work of one service: one transaction, however often it was tried. */
export interface Step {
  readonly id: string
  readonly kind: StepKind
  readonly state: StepState
  readonly service: string
  /** The message's type; of other kinds that of the first event that came of it. */
  readonly title: string
  /** When work on it began. */
  readonly at: string
  /** From the beginning of the order. */
  readonly offsetMs: number
  /** How long nothing at all had happened before it. */
  readonly idleMs: number
  readonly cause: Cause | null
  /** Where the message lies in Kafka. */
  readonly source: Place | null
  /** null: not known, or there is no such hop. */
  readonly hops: Readonly<Record<Hop, number | null>>
  /** Two machines' clocks disagree about it: a hop would be negative, and is given as 0. */
  readonly clockSkew: boolean
  /** Tries that had no effect, in order. */
  readonly attempts: readonly Attempt[]
  /** Handled after it had been given up. */
  readonly redriven: boolean
  readonly events: readonly StepEvent[]
  /** What changed in the service's database. */
  readonly effects: readonly Effect[]
  /** From stored to written, or from a call to its answer; null: not known, or not done. */
  readonly tookMs: number | null
  /** How long the same step takes in half of the recent orders; null: too few are known. */
  readonly usualMs: number | null
  /** It took far longer than usual. */
  readonly slow: boolean
}

/**
 * - outbox: from stored to published
 * - queue: from published until it was fetched, the broker's part included: nothing tells the two apart
 * - retries: from the first try to the last
 * - work: from fetched to written
 */
export const HOPS = ['outbox', 'queue', 'retries', 'work'] as const
export type Hop = (typeof HOPS)[number]

export interface Cause {
  /** The step that it came from; null when that is not known. */
  readonly step: string | null
  readonly eventId: string
  readonly type: string
}

export interface Place {
  readonly topic: string
  readonly partition: number
  readonly offset: string
}

export const ATTEMPT_STATES = ['failed', 'dead', 'undecodable', 'duplicate'] as const
export interface Attempt {
  readonly attempt: number
  readonly at: string
  readonly outcome: (typeof ATTEMPT_STATES)[number]
  readonly error: string | null
  readonly nextAt: string | null
}

export interface StepEvent {
  readonly id: string
  readonly type: string
  readonly stream: string
  readonly version: number
  /** private: never leaves its service. waiting: stored, and not published yet. */
  readonly publication: 'private' | 'published' | 'waiting'
}

export const EFFECT_KINDS = ['aggregate', 'saga', 'row', 'call'] as const

/** A change of an aggregate, a saga or a row; a call that was asked for (`insert`) or answered (`delete`). Personal values are masked. */
export interface Effect {
  readonly kind: (typeof EFFECT_KINDS)[number]
  /** Name of the aggregate or saga, or of the table; whom a call is to. */
  readonly target: string
  readonly key: string
  readonly verb: 'insert' | 'update' | 'delete'
  readonly changes: readonly FieldChange[]
}

export interface FieldChange {
  readonly field: string
  readonly before: unknown
  readonly after: unknown
}

/** Steps of one service in a row that are not shown one by one. */
export interface FoldedSteps {
  readonly id: string
  readonly kind: 'folded'
  readonly service: string
  readonly count: number
  readonly at: string
  readonly until: string
}

/**
 * - handling: a published event that a service has not handled
 * - publication: a stored event that is not published
 * - call: a call to the outside without an answer
 * - deadline: something happens at that time if nothing else does before
 * - event: what the order's saga waits for, and nobody has begun yet
 */
export const EXPECTED_KINDS = ['handling', 'publication', 'call', 'deadline', 'event'] as const
export type ExpectedKind = (typeof EXPECTED_KINDS)[number]

export interface ExpectedStep {
  readonly id: string
  readonly kind: ExpectedKind
  /** Who is to do it. */
  readonly service: string
  /** Type of the event, name of the call or of the deadline. */
  readonly title: string
  /** The step that it follows from. */
  readonly cause: string | null
  /** Since when it is waited for; null when that is not known. */
  readonly since: string | null
  /** When it is (next) due; null: as soon as possible. */
  readonly dueAt: string | null
  /** Tries that failed. */
  readonly attempts: number
  readonly lastError: string | null
  /** Due, and not done. */
  readonly overdue: boolean
  /** What comes of it when an operator does not wait for its time; null: nothing is waited for, or there is nothing to hasten. */
  readonly runNow: string | null
  /** Of an event: its id, topic and key. */
  readonly message: { readonly id: string; readonly topic: string; readonly key: string } | null
}

export interface SlowestHop {
  readonly step: string
  readonly hop: Hop
  readonly ms: number
}

export const isFolded = (entry: Step | FoldedSteps): entry is FoldedSteps => entry.kind === 'folded'

/** Steps that are shown one by one. */
export const shownSteps = ({ steps }: Pick<Timeline, 'steps'>): readonly Step[] =>
  steps.filter((entry): entry is Step => !isFolded(entry))
