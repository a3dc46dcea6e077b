import { setTimeout as delay } from 'node:timers/promises'
import type { Rejection } from '../aggregates/rejection.ts'
import type { BackOff } from '../back-off.ts'
import { delayAfter } from '../back-off.ts'
import type { AddressedCommand } from '../commands/addressed-command.ts'
import type { Enqueue } from '../commands/bus-queue.ts'
import type { CqrsError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { toCqrsError } from '../postgres/failure.ts'
import type { CallRow } from '../postgres/outbound-rows.ts'
import {
  answers,
  claimCalls,
  countCalls,
  decodeCall,
  hastenCall,
  hastenedCalls,
  heartbeat,
  insertCalls,
  openCalls,
  recordFailure,
  releaseCalls,
} from '../postgres/outbound-rows.ts'
import type { StreamChange } from '../read-models/projection.ts'
import type { SqlStatement } from '../sql-statement.ts'
import type { Engine } from '../store/engine.ts'
import type { NewEvent } from '../store/event.ts'
import type { Gate } from '../store/gate.ts'
import type { CallRun, OpenCalls, OutboundCall, OutboundCallsOptions } from './outbound-calls.ts'

/** Calls in memory at most; the rest waits in the table until there is room. */
const MAX_HELD = 10_000
const CLAIM_AT_ONCE = 500
/** When there may be more to claim. */
const CLAIM_AGAIN_MS = 20
/** How long calls that nobody owns wait at most. */
const LOOK_INTERVAL_MS = 1_000

export interface DispatcherParts<R> {
  readonly engine: Engine
  readonly enqueue: Enqueue
  readonly logger: Logger
  readonly name: string
  /** Stands for this process among the owners of calls. */
  readonly owner: string
  readonly intents: OutboundCallsOptions<R>['intents']
  readonly perform: OutboundCallsOptions<R>['perform']
  readonly concurrency: number
  readonly timeoutMs: number
  readonly leaseMs: number
  readonly backOff: BackOff
}

interface HeldCall extends CallRow {
  attempts: number
}

/** A call that waits for its next attempt. */
interface BackingOff {
  readonly call: HeldCall
  readonly timer: NodeJS.Timeout
  /** The table says so, too. */
  recorded: boolean
}

/**
 * Makes the calls. A call is in the table from the transaction of its intent to the transaction of its result. In between it
 * belongs to the process that stored the intent, which has it in memory and makes it at once; a heartbeat says that this process
 * lives, and when it falls silent another one claims the call.
 */
export class OutboundDispatcher<R> {
  readonly #parts: DispatcherParts<R>
  readonly #gate: Gate
  /** Will be held if their transaction commits. */
  readonly #offered = new WeakMap<NewEvent, HeldCall>()
  /** In memory: ready, being made, or waiting for another attempt. */
  readonly #held = new Map<string, HeldCall>()
  readonly #ready = new Set<HeldCall>()
  readonly #underWay = new Map<Promise<void>, AbortController>()
  readonly #backingOff = new Map<string, BackingOff>()
  readonly #failureListeners: (() => void)[] = []
  #calling = 0
  #accepting = false
  #nextLook: NodeJS.Timeout | undefined
  #look: Promise<void> = Promise.resolve()

  constructor(parts: DispatcherParts<R>) {
    this.#parts = parts
    this.#gate = answers(parts.name)
  }

  /** The rows for the intents among the events of a transaction. */
  readonly project = (changes: readonly StreamChange[]): readonly SqlStatement[] => {
    const { intents, name, owner } = this.#parts
    const offers: [NewEvent, HeldCall][] = []
    for (const { events } of changes) {
      for (const event of events) {
        const intent = Object.hasOwn(intents, event.type) ? intents[event.type] : undefined
        const call = intent?.(event)
        if (call === undefined || call === null) continue
        const context = { ...event.metadata, causationId: event.id }
        offers.push([event, { key: call.key, request: call.request, context, attempts: 0 }])
      }
    }
    if (offers.length === 0) return []
    const keep = this.#accepting && this.#held.size + offers.length <= MAX_HELD
    if (keep) for (const [event, call] of offers) this.#offered.set(event, call)
    const calls = offers.map(([, call]) => call)
    return [insertCalls(name, keep ? owner : null, calls)]
  }

  readonly committed = (changes: readonly StreamChange[]): void => {
    for (const { events } of changes) {
      for (const event of events) {
        const call = this.#offered.get(event)
        if (call !== undefined) this.#hold(call)
      }
    }
    this.#pump()
  }

  async start(): Promise<void> {
    if (this.#accepting) return
    this.#accepting = true
    this.#look = this.#tend()
    await this.#look
  }

  async stop(): Promise<void> {
    if (!this.#accepting) return
    const { name, owner, timeoutMs, engine, logger } = this.#parts
    this.#accepting = false
    clearTimeout(this.#nextLook)
    await this.#look
    for (const { timer } of this.#backingOff.values()) clearTimeout(timer)
    this.#backingOff.clear()
    this.#ready.clear()
    await Promise.race([Promise.all(this.#underWay.keys()), delay(timeoutMs, undefined, { ref: false })])
    for (const controller of this.#underWay.values()) controller.abort(new Error('the process stops'))
    await Promise.all(this.#underWay.keys())
    this.#held.clear()
    try {
      await engine.connections.transact(releaseCalls(name, owner))
    } catch (error) {
      logger.warn(
        { calls: name, error: messageOf(error) },
        'Outbound calls were not handed back; others take them over when the lease is over',
      )
    }
  }

  async pending(): Promise<number> {
    const { engine, name } = this.#parts
    const [rows = []] = await engine.connections.read('counting outbound calls', countCalls(name))
    return Number(rows[0]?.[0] ?? 0)
  }

  async open(): Promise<OpenCalls> {
    const { engine, name } = this.#parts
    const [rows = []] = await engine.connections.read('counting outbound calls', openCalls(name))
    const [calls, oldest] = rows[0] ?? []
    return { calls: Number(calls ?? 0), oldestSeconds: Math.max(0, Number(oldest ?? 0)) }
  }

  async runNow(key: string): Promise<CallRun> {
    const { engine, name } = this.#parts
    const held = this.#held.get(key)
    if (held !== undefined) {
      const status = this.#makeAgain(key) ? 'started' : 'under-way'
      return { status, attempt: held.attempts + 1 }
    }
    const [rows = []] = await engine.connections.read('making a call due', hastenCall(name, key))
    const [attempts, waited] = rows[0] ?? []
    if (attempts === undefined) return { status: 'unknown' }
    // Whoever holds it sees it within a second.
    return { status: waited === 't' ? 'started' : 'under-way', attempt: Number(attempts) + 1 }
  }

  onFailed(listener: () => void): void {
    this.#failureListeners.push(listener)
  }

  #hold(call: HeldCall): void {
    if (!this.#accepting || this.#held.has(call.key)) return
    this.#held.set(call.key, call)
    this.#ready.add(call)
  }

  #pump(): void {
    for (const call of this.#ready) {
      if (this.#calling >= this.#parts.concurrency) return
      this.#ready.delete(call)
      const controller = new AbortController()
      const made = this.#make(call, controller).finally(() => this.#underWay.delete(made))
      this.#underWay.set(made, controller)
    }
  }

  async #make(call: HeldCall, controller: AbortController): Promise<void> {
    let result: AddressedCommand
    this.#calling += 1
    try {
      result = await this.#call(call, controller)
    } catch (error) {
      return this.#failed(call, messageOf(error))
    } finally {
      this.#calling -= 1
      this.#pump()
    }
    const error = await this.#storeResult(call, result)
    if (error === undefined) this.#held.delete(call.key)
    else await this.#failed(call, error.message)
  }

  /** One attempt, given up when the controller aborts or the time is over, whether `perform` listens to the signal or not. */
  async #call({ key, request, attempts, context }: HeldCall, controller: AbortController): Promise<AddressedCommand> {
    const { perform, timeoutMs } = this.#parts
    const { signal } = controller
    const timer = setTimeout(() => controller.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    try {
      const { traceparent } = context
      const call: OutboundCall<R> = {
        key,
        request: request as R,
        attempt: attempts + 1,
        signal,
        ...(traceparent !== undefined && { traceparent }),
      }
      return await new Promise<AddressedCommand>((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
        perform(call).then(resolve, reject)
      })
    } finally {
      clearTimeout(timer)
    }
  }

  /** The answer is known now: as long as the database is away it is kept, and the call is not made again for that. */
  async #storeResult(call: HeldCall, { aggregate, id, command }: AddressedCommand): Promise<CqrsError | undefined> {
    const { enqueue, backOff, logger, name } = this.#parts
    for (let failures = 1; ; failures += 1) {
      let rejection: Rejection | undefined
      const outcome = await enqueue({
        context: call.context,
        streams: [{ aggregate, id, command: command.type }],
        run: (unit) => {
          rejection = unit.execute(aggregate, id, command as never).rejection
          return { key: call.key }
        },
        once: { gate: this.#gate, key: call.key },
      }).catch((error: CqrsError) => ({ status: 'failed' as const, error }))
      if (outcome.status === 'done' && rejection !== undefined) {
        logger.warn({ calls: name, key: call.key, rejection }, 'The result of an outbound call was rejected')
      }
      if (outcome.status !== 'failed') return undefined
      if (!outcome.error.retryable || !this.#accepting) return outcome.error
      const delayMs = delayAfter(failures, backOff)
      logger.warn({ calls: name, key: call.key, error: outcome.error.message, delayMs }, 'A result waits to be stored')
      await delay(delayMs)
    }
  }

  async #failed(call: HeldCall, error: string): Promise<void> {
    const { name, engine, backOff, logger } = this.#parts
    call.attempts += 1
    for (const listener of this.#failureListeners) listener()
    const delayMs = Math.round(delayAfter(call.attempts, backOff))
    const waiting: BackingOff = { call, recorded: false, timer: setTimeout(() => this.#makeAgain(call.key), delayMs) }
    if (this.#accepting) this.#backingOff.set(call.key, waiting)
    else clearTimeout(waiting.timer)
    // The number is only for the eyes of operators and for a process that takes over: this one knows it anyway.
    const [rows] = await engine.connections.transact([recordFailure(name, call.key, delayMs, error)]).catch(() => [])
    if (rows?.length === 0) {
      this.#forgetSettled(waiting)
      return
    }
    waiting.recorded = rows !== undefined
    logger.warn(
      { calls: name, key: call.key, attempt: call.attempts, error, delayMs },
      'An outbound call failed; it is made again with the same key',
    )
  }

  /** False: it does not wait for another attempt. */
  #makeAgain(key: string): boolean {
    const waiting = this.#backingOff.get(key)
    if (waiting === undefined) return false
    clearTimeout(waiting.timer)
    this.#backingOff.delete(key)
    this.#ready.add(waiting.call)
    this.#pump()
    return true
  }

  /** Its result came another way meanwhile, by a webhook perhaps. */
  #forgetSettled({ call, timer }: BackingOff): void {
    clearTimeout(timer)
    this.#backingOff.delete(call.key)
    this.#ready.delete(call)
    this.#held.delete(call.key)
  }

  /** Says that this process lives, and claims what nobody owns; looks whether what waits has been made due elsewhere. */
  async #tend(): Promise<void> {
    const { engine, name, owner, leaseMs, logger } = this.#parts
    let claimed = 0
    const limit = Math.min(CLAIM_AT_ONCE, MAX_HELD - this.#held.size)
    try {
      const beats = heartbeat(owner, leaseMs)
      const results = await engine.connections.transact([
        ...beats,
        ...(limit > 0 ? [claimCalls(name, owner, limit)] : []),
        ...(this.#backingOff.size > 0 ? [hastenedCalls(name, owner)] : []),
      ])
      const rows = limit > 0 ? (results[beats.length] ?? []) : []
      const hastened = results[beats.length + (limit > 0 ? 1 : 0)] ?? []
      claimed = rows.length
      for (const row of rows) this.#hold(decodeCall(row))
      for (const [key] of hastened) if (this.#backingOff.get(key ?? '')?.recorded) this.#makeAgain(key ?? '')
      this.#pump()
    } catch (error) {
      logger.warn(
        { calls: name, error: toCqrsError(error, 'claiming calls').message },
        'Outbound calls were not looked for',
      )
    }
    if (!this.#accepting) return
    const again = claimed === limit && limit > 0 ? CLAIM_AGAIN_MS : Math.min(LOOK_INTERVAL_MS, leaseMs / 4)
    this.#nextLook = setTimeout(() => {
      this.#look = this.#tend()
    }, again)
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
