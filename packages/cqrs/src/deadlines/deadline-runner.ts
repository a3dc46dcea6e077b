import type { AnyAggregate } from '../aggregates/aggregate.ts'
import type { Rejection } from '../aggregates/rejection.ts'
import type { BackOff } from '../back-off.ts'
import { delayAfter } from '../back-off.ts'
import type { CqrsError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { ClaimedDeadline, DeadlineKey } from '../postgres/deadline-rows.ts'
import {
  claimDeadline,
  claimDeadlines,
  countDeadlines,
  deadlineLag,
  decodeDeadline,
  decodeNextDue,
  findDeadline,
  firingKey,
  firings,
  nextDueStatement,
  recordFailures,
  releaseDeadline,
  strangers,
} from '../postgres/deadline-rows.ts'
import { toCqrsError } from '../postgres/failure.ts'
import type { AnySaga } from '../sagas/saga.ts'
import type { Engine } from '../store/engine.ts'
import type { WorkItem } from '../store/work.ts'
import { NO_EFFECT } from '../store/work.ts'
import { WakeUp } from '../wake-up.ts'
import { scopeName } from './deadline.ts'
import type { DeadlineLag, DeadlineRun, Deadlines } from './deadlines.ts'
import { requireCommand } from './declared-deadlines.ts'

export interface RunnerParts {
  readonly engine: Engine
  readonly logger: Logger
  readonly batchSize: number
  readonly pollIntervalMs: number
  readonly leaseMs: number
  readonly backOff: BackOff
}

interface Firing {
  readonly deadline: ClaimedDeadline
  readonly item: WorkItem
  /** As of the last run: why an aggregate refused. */
  rejection?: Rejection | undefined
  /** As of the last run: an earlier one of the batch has moved or cancelled it. */
  superseded: boolean
  /** As of the last run: there was an instance to handle it. */
  found: boolean
}

/** While the database is away. */
const LOOP_BACK_OFF: BackOff = { initialDelayMs: 100, maxDelayMs: 5_000, multiplier: 2 }
/** How often deadlines of unknown scopes are looked for. */
const LOOK_FOR_STRANGERS_MS = 60_000

/**
 * Claims what is due and runs it. A claim is only a courtesy between processes, which spares them firing the same deadline at the
 * same time; that it takes effect once is up to the gate.
 */
export class DeadlineRunner implements Deadlines {
  readonly #parts: RunnerParts
  readonly #owners = new Map<string, { readonly saga: AnySaga } | { readonly aggregate: AnyAggregate }>()
  readonly #scopes: readonly string[]
  readonly #wakeUp = new WakeUp()
  #running = false
  #loop: Promise<void> = Promise.resolve()
  #turn: Promise<unknown> = Promise.resolve()
  #sleepsUntil = 0
  #lookedForStrangers = Number.NEGATIVE_INFINITY
  readonly #reported = new Set<string>()

  constructor(parts: RunnerParts) {
    this.#parts = parts
    const { sagas, aggregates } = parts.engine
    for (const saga of sagas.all) this.#owners.set(scopeName({ saga }), { saga })
    for (const aggregate of aggregates.values()) this.#owners.set(scopeName({ aggregate }), { aggregate })
    this.#scopes = [...this.#owners.keys()]
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    const unfollow = this.#parts.engine.listeners.onScheduled((dueAt) => {
      if (Date.parse(dueAt) < this.#sleepsUntil) this.#wakeUp.signal()
    })
    this.#loop = this.#loop.then(() => this.#run()).finally(unfollow)
  }

  async stop(): Promise<void> {
    this.#running = false
    this.#wakeUp.signal()
    await this.#loop
  }

  async fireDue(): Promise<number> {
    let fired = 0
    for (;;) {
      const pass = await this.#inTurn()
      fired += pass.fired
      if (pass.claimed === 0) return fired
    }
  }

  async runNow(key: DeadlineKey): Promise<DeadlineRun> {
    const { engine, leaseMs } = this.#parts
    if (!this.#owners.has(key.scope)) return { status: 'unknown' }
    const now = engine.clock()
    const [claimed = [], found = []] = await engine.connections.read(
      'claiming a deadline',
      claimDeadline(key, now, new Date(now.getTime() + leaseMs)),
      findDeadline(key),
    )
    const [row] = claimed
    if (row === undefined) return { status: found.length === 0 ? 'unknown' : 'under-way' }
    const firing = this.#toFiring(decodeDeadline(row), true)
    const [outcome] = await engine.run([firing.item])
    if (outcome?.status === 'failed') {
      await this.#postpone([{ deadline: firing.deadline, error: outcome.error }])
      return { status: 'failed', error: outcome.error }
    }
    if (outcome?.status !== 'done') return { status: 'unknown' }
    if (firing.rejection === undefined) return { status: 'fired' }
    await engine.connections.read('releasing a deadline', releaseDeadline(firing.deadline))
    return { status: 'rejected', rejection: firing.rejection }
  }

  async pending(): Promise<number> {
    const { connections } = this.#parts.engine
    const [rows = []] = await connections.read('counting deadlines', countDeadlines)
    return Number(rows[0]?.[0] ?? 0)
  }

  async lag(): Promise<DeadlineLag> {
    const { connections, clock } = this.#parts.engine
    const [rows = []] = await connections.read('measuring the lag of deadlines', deadlineLag(this.#scopes, clock()))
    const [due, oldest, unknown] = rows[0] ?? []
    return { due: Number(due ?? 0), oldestSeconds: Math.max(0, Number(oldest ?? 0)), unknown: Number(unknown ?? 0) }
  }

  async #run(): Promise<void> {
    let failures = 0
    while (this.#running) {
      try {
        const { claimed, nextDueAt } = await this.#inTurn()
        failures = 0
        if (claimed === 0) await this.#sleepUntil(nextDueAt)
      } catch (error) {
        failures += 1
        const delayMs = Math.round(delayAfter(failures, LOOP_BACK_OFF))
        this.#parts.logger.warn({ error: toCqrsError(error, 'firing deadlines').message, delayMs }, 'Deadlines wait')
        if (this.#running) await this.#wakeUp.sleep(delayMs)
      }
    }
  }

  async #sleepUntil(nextDueAt: number): Promise<void> {
    const { pollIntervalMs, engine } = this.#parts
    const now = engine.clock().getTime()
    const ms = Math.min(pollIntervalMs, Math.max(1, nextDueAt - now))
    this.#sleepsUntil = now + ms
    if (this.#running) await this.#wakeUp.sleep(ms)
    this.#sleepsUntil = 0
  }

  /** One pass at a time, whoever asks for it. */
  #inTurn(): Promise<{ readonly claimed: number; readonly fired: number; readonly nextDueAt: number }> {
    const pass = this.#turn.then(() => this.#pass())
    this.#turn = pass.catch(() => {})
    return pass
  }

  async #pass() {
    const { engine, batchSize, leaseMs } = this.#parts
    await this.#reportStrangers()
    const now = engine.clock()
    const until = new Date(now.getTime() + leaseMs)
    const [rows = [], next] = await engine.connections.read(
      'claiming deadlines',
      claimDeadlines(this.#scopes, now, until, batchSize),
      nextDueStatement(now),
    )
    const due = rows.map(decodeDeadline).sort((a, b) => (a.dueAt < b.dueAt ? -1 : a.dueAt > b.dueAt ? 1 : 0))
    const fired = due.length === 0 ? 0 : await this.#fire(due.map((deadline) => this.#toFiring(deadline)))
    return { claimed: due.length, fired, nextDueAt: decodeNextDue(next) }
  }

  async #fire(due: readonly Firing[]): Promise<number> {
    const { engine, logger } = this.#parts
    const outcomes = await engine.run(due.map(({ item }) => item))
    const failed: { readonly deadline: ClaimedDeadline; readonly error: CqrsError }[] = []
    let untried: CqrsError | undefined
    let fired = 0
    outcomes.forEach((outcome, n) => {
      const { deadline, rejection, superseded, found } = due[n] as Firing
      if (outcome.status === 'failed' && outcome.untried) untried = outcome.error
      else if (outcome.status === 'failed') failed.push({ deadline, error: outcome.error })
      if (outcome.status !== 'done' || superseded) return
      fired += 1
      const { scope, id, name } = deadline
      if (!found) logger.warn({ scope, id, deadline: name }, 'A deadline found no active instance; it is done with')
      if (rejection === undefined) return
      logger.warn({ scope, id, deadline: name, rejection }, 'A deadline was rejected; it is done with')
    })
    if (failed.length > 0) await this.#postpone(failed)
    if (untried !== undefined) throw untried
    return fired
  }

  /** The others go on; these wait for their next attempt, where everybody can see why. */
  async #postpone(failed: readonly { readonly deadline: ClaimedDeadline; readonly error: CqrsError }[]): Promise<void> {
    const { engine, backOff, logger } = this.#parts
    // Nothing is wrong with the deadlines themselves: their claims run out, and the loop backs off.
    const unavailable = failed.find(({ error }) => error.code === 'DATABASE_UNAVAILABLE')
    if (unavailable !== undefined) throw unavailable.error
    const now = engine.clock().getTime()
    const rows = failed.map(({ deadline, error }) => {
      const { scope, id, name, attempts } = deadline
      const delayMs = Math.round(delayAfter(attempts + 1, backOff))
      logger.error({ scope, id, deadline: name, attempt: attempts + 1, err: error, delayMs }, 'A deadline failed')
      return { deadline, error: error.message, until: new Date(now + delayMs) }
    })
    await engine.connections.read('recording failed deadlines', recordFailures(rows))
  }

  /** `early`: before its time; what the aggregate refuses now it may not refuse then. */
  #toFiring(deadline: ClaimedDeadline, early = false): Firing {
    const { id, name, payload, scope, metadata } = deadline
    const key = firingKey(deadline)
    const owner = this.#owners.get(scope)
    const aggregate = owner !== undefined && 'aggregate' in owner ? owner.aggregate : undefined
    const firing: Firing = {
      deadline,
      superseded: false,
      found: true,
      item: {
        context: metadata,
        once: { gate: firings, key },
        ...(aggregate === undefined ? {} : { streams: [{ aggregate, id, command: name }] }),
        run: (unit, sagas) => {
          firing.rejection = undefined
          firing.superseded = unit.supersedes(deadline, aggregate)
          if (firing.superseded) return NO_EFFECT
          if (owner !== undefined && 'saga' in owner) {
            firing.found = sagas?.deadline(owner.saga, deadline, unit) ?? false
          }
          if (aggregate !== undefined) {
            requireCommand(aggregate, name)
            firing.rejection = unit.execute(aggregate, id, { type: name, data: payload } as never).rejection
            if (early && firing.rejection !== undefined) return NO_EFFECT
          }
          return { key }
        },
      },
    }
    return firing
  }

  /** Deadlines that no process like this one can fire stay where they are; somebody should know. */
  async #reportStrangers(): Promise<void> {
    const { engine, logger } = this.#parts
    if (performance.now() - this.#lookedForStrangers < LOOK_FOR_STRANGERS_MS) return
    const [rows = []] = await engine.connections.read(
      'looking for unknown deadlines',
      strangers(this.#scopes, engine.clock()),
    )
    this.#lookedForStrangers = performance.now()
    for (const [scope, due] of rows) {
      if (scope === null || scope === undefined || this.#reported.has(scope)) continue
      this.#reported.add(scope)
      logger.error(
        { scope, due: Number(due) },
        'Deadlines are due whose saga or aggregate this store was not made with; they stay until a process knows it',
      )
    }
  }
}
