import type { AnyAggregate, CommandOf, NamedEvent, RejectionOf, StateOf } from '../aggregates/aggregate.ts'
import { streamName } from '../aggregates/aggregate.ts'
import { evolve } from '../aggregates/fold.ts'
import type { KernelRejection, Rejection } from '../aggregates/rejection.ts'
import { isRejection, reject } from '../aggregates/rejection.ts'
import { CqrsError } from '../errors.ts'
import { requireWholeNumber } from '../options.ts'
import type { EventStore } from '../store/event-store.ts'
import { engineOf } from '../store/event-store.ts'
import type { AcceptedRow } from '../store/idempotency.ts'
import { acceptedCommands } from '../store/idempotency.ts'
import { versionToken } from '../store/version-token.ts'
import type { WorkItem, WorkOutcome } from '../store/work.ts'
import { NO_EFFECT, requireSynchronous } from '../store/work.ts'
import { registerQueue } from './bus-queue.ts'
import type { AcceptedCommand, CommandBus, CommandBusOptions, CommandResult, RejectedCommand } from './command-bus.ts'
import type { CommandMeta } from './command-meta.ts'
import { dispatched, handled } from './interceptors.ts'
import { NaturalGrouping } from './natural-grouping.ts'

/** A result before its transaction is committed. */
type Decided<S, R extends Rejection> = Omit<AcceptedCommand<S>, 'token'> | RejectedCommand<R>

interface Queued {
  readonly item: WorkItem
  readonly settle: (outcome: WorkOutcome) => void
}

const DEFAULT_MAX_GROUP = 500

/**
 * Commands that arrive while a transaction is under way go together into the next one, in the order of their arrival. One
 * that fails does not harm the others of its group.
 */
export function createCommandBus<Code extends string = never>({
  store,
  dispatch = [],
  handle = [],
  maxGroup = DEFAULT_MAX_GROUP,
}: CommandBusOptions<Code>): CommandBus<Code> {
  requireWholeNumber({ maxGroup }, 1)
  const engine = engineOf(store)
  let closed = false
  const grouping = new NaturalGrouping<Queued>(maxGroup, async (group) => {
    const outcomes = await engine.run(group.map(({ item }) => item))
    outcomes.forEach((outcome, n) => {
      group[n]?.settle(outcome)
    })
  })

  /** Adds an item to a group; the promise is that of the item's own effect. */
  const enqueue = (item: WorkItem): Promise<WorkOutcome> =>
    new Promise((resolve, reject_) => {
      if (closed) reject_(new CqrsError('CLOSED', 'The command bus is closed; it takes no more commands.'))
      else grouping.add({ item, settle: resolve })
    })

  const bus: CommandBus<Code> = {
    async execute<A extends AnyAggregate>(aggregate: A, id: string, command: CommandOf<A>, given: CommandMeta) {
      const message = dispatched(dispatch, {
        aggregate,
        id,
        command: command as NamedEvent,
        meta: { ...given, id: given.id ?? engine.newId() },
      })
      if (isRejection(message)) return { status: 'rejected', rejection: message as Rejection<Code> }
      const { meta } = message
      const { idempotency } = meta
      const stream = streamName(aggregate, id)
      let result: Decided<StateOf<A>, RejectionOf<A> | Rejection<Code>> | undefined
      const outcome = await enqueue({
        context: { ...meta, causationId: meta.causationId ?? meta.id },
        streams: [{ aggregate, id, command: command.type }],
        run: (unit) => {
          const execute = () => unit.execute(aggregate, id, command, meta)
          const { events, rejection } = handle.length === 0 ? execute() : handled(handle, message, unit, execute)
          if (rejection !== undefined) {
            result = { status: 'rejected', rejection: rejection as RejectionOf<A> | Rejection<Code> }
            return NO_EFFECT
          }
          meta.alongside?.(unit)
          const version = unit.version(aggregate, id)
          result = { status: 'accepted', id, events, version, state: unit.state(aggregate, id), replayed: false }
          if (idempotency === undefined) return undefined
          const added = events.filter((event) => event.stream === stream).length
          const row: AcceptedRow = { ...idempotency, stream, fromVersion: version - added, toVersion: version }
          return row
        },
        ...(idempotency === undefined ? {} : { once: { gate: acceptedCommands, key: idempotency.key } }),
      })
      if (outcome.status === 'failed') throw outcome.error
      if (outcome.status === 'passed' && idempotency !== undefined) {
        return firstResult(store, aggregate, outcome.row as AcceptedRow, idempotency)
      }
      if (result === undefined) throw new CqrsError('HANDLER_FAILED', `Command '${command.type}' was not run.`)
      if (result.status === 'accepted') return { ...result, token: versionToken(engine.newestTx) }
      return result
    },
    async run(work, context) {
      let result: { readonly value: ReturnType<typeof work> } | undefined
      const outcome = await enqueue({
        context,
        run: (unit) => {
          result = { value: requireSynchronous(work(unit), 'The handler') }
          return undefined
        },
      })
      if (outcome.status === 'failed') throw outcome.error
      if (result === undefined) throw new CqrsError('HANDLER_FAILED', 'The handler was not run.')
      return result.value
    },
    async close() {
      closed = true
      await grouping.idle()
    },
  }
  registerQueue(bus, enqueue)
  return bus
}

/** The result of the first time, read again from its stream. */
async function firstResult<A extends AnyAggregate>(
  store: EventStore,
  aggregate: A,
  accepted: AcceptedRow,
  { key, fingerprint }: { readonly key: string; readonly fingerprint: string },
): Promise<CommandResult<StateOf<A>, KernelRejection>> {
  const prefix = streamName(aggregate, '')
  if (accepted.fingerprint !== fingerprint || !accepted.stream.startsWith(prefix)) {
    return {
      status: 'rejected',
      rejection: reject(
        'IDEMPOTENCY_KEY_REUSED',
        `The idempotency key '${key}' was used before for another request. Use a new key for a new request.`,
        { key },
      ),
    }
  }
  const history = (await store.readStream(accepted.stream)).filter(({ version }) => version <= accepted.toVersion)
  let state: unknown = aggregate.initial
  for (const event of history) state = evolve(aggregate, state, event, event)
  return {
    status: 'accepted',
    id: accepted.stream.slice(prefix.length),
    events: history.filter(({ version }) => version > accepted.fromVersion),
    version: accepted.toVersion,
    state: state as StateOf<A>,
    replayed: true,
    token: versionToken(history.at(-1)?.tx ?? 0n),
  }
}
