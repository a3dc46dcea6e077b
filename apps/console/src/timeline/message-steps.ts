import type { AttemptNote, HandledMessage } from '@stocker/cqrs'
import type { CaseEvent, ServiceTrail } from './case-trail.ts'
import type { Attempt, Hop, Place, Step, StepState } from './timeline.ts'
import type { UnitOfEvents } from './units-of-work.ts'

/** A step before its place among the others is known. */
export type StepDraft = Omit<
  Step,
  'at' | 'offsetMs' | 'idleMs' | 'effects' | 'events' | 'cause' | 'tookMs' | 'usualMs' | 'slow'
> & {
  /** Milliseconds. */
  readonly beganAt: number
  readonly endedAt: number
  readonly root: string | null
  readonly unit: UnitOfEvents | null
}

export const NO_HOPS: Readonly<Record<Hop, null>> = { outbox: null, queue: null, retries: null, work: null }

/** What became of each message at this service: one step, however often it was tried; and one for all the times that it came again. */
export function messageSteps(
  { service, consumerGroup, trail }: ServiceTrail,
  units: readonly UnitOfEvents[],
  events: ReadonlyMap<string, CaseEvent>,
  errorText: (text: string) => string,
): readonly StepDraft[] {
  const unitOf = new Map(units.flatMap((unit) => (unit.kind === 'message' ? [[unit.root, unit] as const] : [])))
  const handled = new Map(
    trail.handled.flatMap((row) => (row.consumer === consumerGroup ? [[row.messageId, row] as const] : [])),
  )
  const notes = Map.groupBy(
    trail.attempts.filter(({ consumer }) => consumer === consumerGroup),
    ({ messageId }) => messageId,
  )
  const ids = new Set([...handled.keys(), ...notes.keys(), ...unitOf.keys()].filter((id) => id !== null))
  return [...ids].flatMap((messageId): readonly StepDraft[] => {
    const row = handled.get(messageId)
    const tries = notes.get(messageId) ?? []
    const duplicates = tries.filter(({ outcome }) => outcome === 'duplicate')
    const failures = tries.filter(({ outcome }) => outcome !== 'duplicate')
    const unit = unitOf.get(messageId) ?? null
    const stored = events.get(messageId)?.event
    const title = stored?.type ?? tries.find(({ type }) => type !== null)?.type ?? 'a message'
    const common = { kind: 'message', service, title, root: messageId } as const
    const steps: StepDraft[] = []
    if (row !== undefined || unit !== null || failures.length > 0) {
      steps.push({
        ...common,
        id: `${service}/${messageId}`,
        state: stateOf(row !== undefined || unit !== null, failures),
        source: placeOf(row?.source ?? failures[0]?.source),
        ...timesOf({ storedAt: stored?.occurredAt, row, unit, failures }),
        attempts: failures.map((note) => attemptOf(note, errorText)),
        redriven: row !== undefined && failures.some(({ outcome }) => outcome !== 'failed'),
        unit,
      })
    }
    const [first] = duplicates
    if (first !== undefined) {
      const at = Date.parse(first.at)
      steps.push({
        ...common,
        id: `${service}/${messageId}/again`,
        state: 'duplicate',
        source: placeOf(first.source),
        beganAt: at,
        endedAt: at,
        hops: NO_HOPS,
        clockSkew: false,
        attempts: duplicates.map((note) => attemptOf(note, errorText)),
        redriven: false,
        unit: null,
      })
    }
    return steps
  })
}

const stateOf = (isHandled: boolean, failures: readonly AttemptNote[]): StepState => {
  if (isHandled) return 'done'
  // What cannot be read goes to the dead letters as well; that it could not be read says more.
  if (failures.some(({ outcome }) => outcome === 'undecodable')) return 'undecodable'
  return failures.at(-1)?.outcome === 'dead' ? 'dead' : 'failing'
}

const placeOf = (source: AttemptNote['source'] | null | undefined): Place | null =>
  source === null || source === undefined
    ? null
    : { topic: source.topic, partition: source.partition, offset: String(source.offset) }

const attemptOf = (
  { attempt, at, outcome, error, nextAttemptAt }: AttemptNote,
  errorText: (text: string) => string,
): Attempt => ({
  attempt,
  at,
  outcome,
  error: error === null ? null : `${error.code}: ${errorText(error.message)}`,
  nextAt: nextAttemptAt,
})

interface Moments {
  readonly storedAt: string | undefined
  readonly row: HandledMessage | undefined
  readonly unit: UnitOfEvents | null
  readonly failures: readonly AttemptNote[]
}

/** From moment to moment; a hop whose ends are not both known is null. */
function timesOf({
  storedAt,
  row,
  unit,
  failures,
}: Moments): Pick<StepDraft, 'beganAt' | 'endedAt' | 'hops' | 'clockSkew'> {
  const written = moment(row?.handledAt ?? unit?.events[0]?.occurredAt)
  const received = moment(row?.receivedAt)
  const firstTry = moment(failures[0]?.at)
  const lastTry = moment(failures.at(-1)?.at)
  const published = moment(row?.publishedAt)
  const began = firstTry ?? received ?? written ?? 0
  const ended = written ?? lastTry ?? began
  const raw: Record<Hop, number | null> = {
    outbox: between(moment(storedAt), published),
    queue: between(published, firstTry ?? received),
    retries: firstTry === null ? null : between(firstTry, received ?? lastTry),
    work: between(received, written),
  }
  const clockSkew = Object.values(raw).some((ms) => ms !== null && ms < 0)
  const hops = Object.fromEntries(
    Object.entries(raw).map(([hop, ms]) => [hop, ms === null ? null : Math.max(0, ms)]),
  ) as Record<Hop, number | null>
  return { beganAt: began, endedAt: Math.max(began, ended), hops, clockSkew }
}

const moment = (iso: string | null | undefined): number | null =>
  iso === null || iso === undefined ? null : Date.parse(iso)

const between = (from: number | null, to: number | null): number | null =>
  from === null || to === null ? null : to - from
