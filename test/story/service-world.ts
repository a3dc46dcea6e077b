import type { DomainEvent, ServiceContract } from '@stocker/contracts'
import { decodeEvent, toWire } from '@stocker/contracts'
import type {
  AnyAggregate,
  AnySaga,
  InboxMessage,
  MessageHandlers,
  NewEvent,
  StoredEvent,
  UnitOfWork,
} from '@stocker/cqrs'
import type { DeadlineRow } from '../../packages/cqrs/src/postgres/deadline-rows.ts'
import type { FoundSaga } from '../../packages/cqrs/src/sagas/saga-attempt.ts'
import { SagaRegistry } from '../../packages/cqrs/src/sagas/saga-registry.ts'
import { Attempt } from '../../packages/cqrs/src/store/attempt.ts'
import type { WorkItem } from '../../packages/cqrs/src/store/work.ts'

export interface PublishedEvent {
  readonly id: string
  readonly topic: string
  readonly key: string
  readonly message: InboxMessage
}

/** A call to the outside that waits for its answer. */
export interface PendingCall {
  readonly key: string
  readonly request: unknown
}

export interface ServiceParts {
  readonly contract: ServiceContract
  readonly aggregates: readonly AnyAggregate[]
  readonly sagas?: readonly AnySaga[]
  readonly handlers: MessageHandlers
  readonly map: (event: StoredEvent) => { readonly topic: string; readonly key: string; readonly data: object } | null
  readonly intents?: Readonly<Record<string, (event: NewEvent) => PendingCall | null>>
}

/** The same numbers, and the same clock, for all services of a world. */
export interface WorldClock {
  now: Date
  nextId(): string
  publish(event: PublishedEvent): void
}

/**
 * The rules of one service without its database: the kernel's own transaction logic, on states in memory. What is under test is what aggregates,
 * saga and consumer decide; that the kernel keeps its promises on a real database is proven by its own tests.
 */
export class ServiceWorld {
  readonly parts: ServiceParts
  readonly calls = new Map<string, PendingCall>()
  readonly deadlines = new Map<string, DeadlineRow>()
  readonly #clock: WorldClock
  readonly #registry: SagaRegistry
  readonly #streams = new Map<string, { version: number; state: unknown }>()
  readonly #sagas = new Map<string, Pick<FoundSaga, 'version' | 'instance'>>()
  readonly #seen = new Set<string>()

  constructor(parts: ServiceParts, clock: WorldClock) {
    this.parts = parts
    this.#clock = clock
    this.#registry = new SagaRegistry(parts.sagas ?? [])
  }

  state<S>(stream: string): S | undefined {
    return this.#streams.get(stream)?.state as S | undefined
  }

  /** Whether every saga that has begun has ended. */
  get sagasAreOver(): boolean {
    return [...this.#sagas.values()].every(({ instance }) => instance === null || instance.ended)
  }

  transact(work: (unit: UnitOfWork) => unknown): void {
    this.#run({
      context: { correlationId: 'test' },
      run: (unit) => {
        work(unit)
        return undefined
      },
    })
  }

  /** One that came before does nothing, as in the inbox. */
  receive(message: InboxMessage): void {
    if (this.#seen.has(message.id)) return
    this.#seen.add(message.id)
    const { correlationId, id } = message
    this.#run({
      context: { correlationId, causationId: id },
      run: (unit, sagas) => {
        this.parts.handlers[message.type]?.(message, unit)
        sagas?.message(message, unit)
        return undefined
      },
    })
  }

  reads({ topic, message }: PublishedEvent): boolean {
    const events: Readonly<Record<string, readonly string[]>> = this.parts.contract.reads
    return events[topic]?.includes(message.type) === true
  }

  fire(key: string): void {
    const row = this.deadlines.get(key)
    if (row === undefined) return
    this.deadlines.delete(key)
    if (new Date(row.dueAt) > this.#clock.now) this.#clock.now = new Date(row.dueAt)
    const [kind, name = ''] = row.scope.split(':')
    this.#run({
      context: { correlationId: row.metadata.correlationId },
      run: (unit, sagas) => {
        const aggregate = this.parts.aggregates.find((known) => known.name === name)
        const saga = this.#registry.get(name)
        if (kind === 'aggregate' && aggregate)
          unit.execute(aggregate, row.id, { type: row.name, data: row.payload } as never)
        if (kind === 'saga' && saga) sagas?.deadline(saga, { ...row, attempts: 0 } as never, unit)
        return undefined
      },
    })
  }

  #run(item: WorkItem): void {
    const attempt = new Attempt({
      now: this.#clock.now,
      newId: () => this.#clock.nextId(),
      requireKnown: () => {},
      find: (aggregate, stream) => ({
        ...(this.#streams.get(stream) ?? { version: 0, state: aggregate.initial }),
        cached: false,
      }),
      expectsNew: () => false,
      passed: () => null,
      sagas: {
        registry: this.#registry,
        find: (key) => ({ ...(this.#sagas.get(key) ?? { version: 0, instance: null }), cached: false }),
        associated: () => [],
        expectsNew: () => false,
      },
    })
    const [outcome] = attempt.run([item], new Set())
    if (outcome?.status === 'failed') throw outcome.error
    for (const { stream, version, state } of attempt.changes()) this.#streams.set(stream, { version, state })
    for (const { key, version, instance } of attempt.sagas?.slots.values() ?? [])
      this.#sagas.set(key, { version, instance })
    for (const change of attempt.deadlines()) {
      const prefix = change.kind === 'schedule' ? change.row : change
      const at = `${prefix.scope}/${prefix.id}/`
      if (change.kind === 'schedule') this.deadlines.set(at + change.row.name, change.row)
      else if (change.kind === 'cancel') this.deadlines.delete(at + change.name)
      else for (const key of this.deadlines.keys()) if (key.startsWith(at)) this.deadlines.delete(key)
    }
    for (const event of attempt.events) this.#follow(event)
  }

  #follow(event: NewEvent): void {
    const call = this.parts.intents?.[event.type]?.(event)
    if (call) this.calls.set(call.key, call)
    const stored = { ...event, position: 0n, tx: 0n } as StoredEvent
    const mapped = this.parts.map(stored)
    if (mapped === null) return
    const { topic, key } = mapped
    const decoded = decodeEvent(toWire(stored, mapped.data), { typeId: undefined, topic, fallbackId: event.id })
    if (!decoded.ok) throw new Error(decoded.message)
    const { type, data } = decoded as DomainEvent & { readonly ok: true }
    const { correlationId } = event.metadata
    const source = { topic, partition: 0, offset: 0n }
    this.#clock.publish({ id: event.id, topic, key, message: { id: event.id, type, key, data, correlationId, source } })
  }
}
