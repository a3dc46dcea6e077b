import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { HttpApp } from '../http/create-http-app.ts'
import type { EventListener } from './event-listener.ts'

/** Failing records that are shown at most; those that have failed most often come first. */
const SHOWN = 100

const Place = {
  topic: Type.String(),
  partition: Type.Integer(),
  offset: Type.String({ description: 'As text: it may be larger than a number holds exactly' }),
  key: Type.Union([Type.String(), Type.Null()]),
  type: Type.Optional(Type.String()),
}

export const ListenerView = Type.Object({
  groupId: Type.String(),
  state: Type.String({ description: 'running, stopped, backing-off, circuit-open …' }),
  detail: Type.String(),
  stoppedSince: Type.Optional(Type.String({ description: 'When an operator stopped it, ISO 8601' })),
  assignments: Type.Integer({ description: 'Partitions that this process reads' }),
  inHand: Type.Array(Type.Object({ ...Place, since: Type.String(), records: Type.Integer() }), {
    description: 'The batches that are being handled now, with the first record of each',
  }),
  failing: Type.Array(
    Type.Object({
      ...Place,
      attempts: Type.Integer(),
      // It may quote the record.
      error: Type.String({ 'x-personal': true }),
      retryAt: Type.Optional(
        Type.String({ description: 'When it is handed out again; not set: it is on its way to the dead letters' }),
      ),
    }),
    { description: `Records that failed and were not handled since, ${SHOWN} at most` },
  ),
  parked: Type.Array(
    Type.Object({
      topic: Type.String(),
      partition: Type.Integer(),
      records: Type.Integer(),
      keys: Type.Integer(),
      oldestSince: Type.Optional(Type.String()),
      backPressure: Type.Boolean(),
    }),
    { description: 'What waits for a retry, and behind those that do' },
  ),
})
export type ListenerView = Static<typeof ListenerView>

const STEPS = {
  stop: 'Stops the listener of this process and lets it leave its group: what comes waits in the topics. Ends with the process',
  start: 'Lets a stopped listener join its group again',
} as const

/** What the listener of this process does, and stopping and starting it: for operators, and for the console. */
export function listenerRoutes(app: HttpApp, listener: EventListener): void {
  const schema = { tags: ['operations'], response: { 200: ListenerView } }
  app.get(
    '/ops/listener',
    { config: { access: 'staff' }, schema: { ...schema, summary: 'What the event listener does at the moment' } },
    async () => viewOf(listener),
  )
  for (const [step, summary] of Object.entries(STEPS)) {
    app.post(
      `/ops/listener/${step}`,
      { config: { access: 'staff', waits: true }, schema: { ...schema, summary } },
      async () => {
        await (step === 'stop' ? listener.pause() : listener.resume())
        return viewOf(listener)
      },
    )
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()

function viewOf({ container, pausedSince }: EventListener): ListenerView {
  const { state, detail } = container.health()
  const placeOf = ({
    topic,
    partition,
    offset,
    key,
    type,
  }: {
    topic: string
    partition: number
    offset: bigint
    key: string | null
    type: string | undefined
  }) => ({
    topic,
    partition,
    offset: String(offset),
    key,
    ...(type !== undefined && { type }),
  })
  return {
    groupId: container.groupId,
    state,
    detail,
    ...(pausedSince !== undefined && { stoppedSince: iso(pausedSince) }),
    assignments: container.assignments.length,
    inHand: container.inHand().map(({ since, records, first }) => ({ ...placeOf(first), since: iso(since), records })),
    failing: container
      .failing()
      .slice(0, SHOWN)
      .map((record) => ({
        ...placeOf(record),
        attempts: record.attempts,
        error: record.error instanceof Error ? record.error.message : String(record.error),
        ...(record.retryAt !== undefined && { retryAt: iso(record.retryAt) }),
      })),
    parked: container
      .parked()
      .filter(({ records, backPressure }) => records > 0 || backPressure)
      .map(({ oldestSince, ...parked }) => ({
        ...parked,
        ...(oldestSince !== undefined && { oldestSince: iso(oldestSince) }),
      })),
  }
}
