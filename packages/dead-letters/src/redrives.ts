import type { Pool } from 'pg'
import type { Order } from './audit.ts'
import { writeAudit } from './audit.ts'
import { DeadLetterError } from './errors.ts'
import { DEFAULT_RAMP } from './ramp.ts'
import { endRedrives, releasePlanned } from './redrive-outcomes.ts'
import type { Candidate, RedrivePlan } from './redrive-plan.ts'
import { planRedrive } from './redrive-plan.ts'
import type { Selection } from './selection.ts'
import { conditionOf, requireSelection } from './selection.ts'
import { HOLDING_STATES } from './states.ts'
import type { Sql } from './transaction.ts'
import { inTransaction } from './transaction.ts'

export interface RedriveOrder extends Order {
  /** Without ids and without a state: those that are NEW. */
  readonly selection: Selection
  /** Sizes of the first steps, see `mayStart`. Default 1, 5, 20; empty: all at once. */
  readonly ramp?: readonly number[]
  /** Records per second, default 100. */
  readonly ratePerSecond?: number
  /** Whether the first failure ends it; otherwise only the key of the failed one. Default true. */
  readonly stopOnFailure?: boolean
}

export const REDRIVE_DEFAULTS = { ramp: DEFAULT_RAMP, ratePerSecond: 100, stopOnFailure: true } as const

/** Dead letters in one redrive, at most. */
export const MAX_ITEMS = 10_000

/** RUNNING: being sent. STOPPED: nothing more is sent, what is with the listener is waited for. FINISHED: all were sent. */
export const REDRIVE_STATES = ['RUNNING', 'STOPPED', 'FINISHED'] as const
export type RedriveState = (typeof REDRIVE_STATES)[number]

export interface RedriveStatus {
  readonly id: string
  readonly state: RedriveState
  readonly requestedBy: string
  readonly reason: string
  readonly ramp: readonly number[]
  readonly ratePerSecond: number
  readonly stopOnFailure: boolean
  readonly stopReason: string | null
  readonly createdAt: Date
  /** When the last one was settled; null while something is under way. */
  readonly endedAt: Date | null
  readonly counts: RedriveCounts
  /** Groups that have records which they did not confirm yet, and since when the oldest of them waits. */
  readonly waitingFor: readonly { readonly consumerGroup: string; readonly since: Date }[]
}

export interface RedriveCounts {
  readonly total: number
  readonly planned: number
  /** Sent, or about to be, and neither confirmed nor failed. */
  readonly underWay: number
  readonly handled: number
  readonly failed: number
  /** Not sent, because the redrive was stopped or one before it in its key failed. */
  readonly released: number
}

/** Orders to send dead letters again. The Redriver carries them out. */
export class Redrives {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** The dry run: what `start` would do now. Changes nothing. @throws DeadLetterError EMPTY_SELECTION, TOO_MANY_SELECTED */
  async plan(selection: Selection): Promise<RedrivePlan> {
    return planRedrive(await candidates(this.#pool, selection, ''))
  }

  /** @throws DeadLetterError EMPTY_SELECTION, TOO_MANY_SELECTED, NOTHING_TO_REDRIVE, INVALID_OPTION */
  start(order: RedriveOrder): Promise<RedrivePlan & { readonly id: string }> {
    const { selection, by, reason } = order
    const { ramp, ratePerSecond, stopOnFailure } = checkedOptions(order)
    return inTransaction(this.#pool, async (sql) => {
      const plan = planRedrive(await candidates(sql, selection, 'for update of dead_letters'))
      if (plan.items.length === 0) {
        throw new DeadLetterError(
          'NOTHING_TO_REDRIVE',
          `None of the ${plan.refused.length} selected dead letters can be sent again; a dry run says why of each`,
        )
      }
      const id = await insertRedrive(sql, [by, reason, JSON.stringify(selection), ramp, ratePerSecond, stopOnFailure])
      const ids = plan.items.map((item) => item.id)
      await sql.query(
        `insert into redrive_items (redrive_id, dead_letter_id, position, sequence, state)
         select $1, id, position, sequence, 'PLANNED' from unnest($2::bigint[], $3::text[]) with ordinality as i (id, sequence, position)`,
        [id, ids, plan.items.map((item) => item.sequence)],
      )
      await sql.query(`update dead_letters set state = 'REDRIVING' where id = any($1::bigint[])`, [ids])
      await writeAudit(sql, { who: by, action: 'redrive', reason, redriveId: id, deadLetterIds: ids, selection })
      return { id, ...plan }
    })
  }

  /** Sends nothing more of it; what is with the listener already is waited for. @throws DeadLetterError REDRIVE_NOT_FOUND */
  async stop(id: string, { by, reason }: Order): Promise<RedriveStatus> {
    await inTransaction(this.#pool, async (sql) => {
      const { rowCount } = await sql.query(
        `update redrives set state = 'STOPPED', stop_reason = $2 where id = $1 and state = 'RUNNING'`,
        [id, `${by}: ${reason}`],
      )
      if (rowCount === 0) return
      await releasePlanned(sql, id)
      await endRedrives(sql, [id])
      await writeAudit(sql, { who: by, action: 'stop', reason, redriveId: id, deadLetterIds: [] })
    })
    return this.find(id)
  }

  /** @throws DeadLetterError REDRIVE_NOT_FOUND */
  async find(id: string): Promise<RedriveStatus> {
    const [status] = await this.#statuses('where r.id = $1', [id])
    if (status === undefined) throw new DeadLetterError('REDRIVE_NOT_FOUND', `There is no redrive ${id}`)
    return status
  }

  /** The newest first. */
  list(limit: number): Promise<readonly RedriveStatus[]> {
    return this.#statuses('order by r.id desc limit $1', [limit])
  }

  async #statuses(which: string, values: readonly unknown[]): Promise<readonly RedriveStatus[]> {
    const { rows } = await this.#pool.query<Omit<RedriveStatus, 'waitingFor'> & { waiting: WaitingRow[] | null }>(
      `${STATUS} ${which}`,
      [...values],
    )
    return rows.map(({ waiting, ...status }) => ({
      ...status,
      waitingFor: (waiting ?? []).map(({ consumerGroup, since }) => ({ consumerGroup, since: new Date(since) })),
    }))
  }
}

interface WaitingRow {
  readonly consumerGroup: string
  readonly since: string
}

const STATUS = `
  select r.id::text, r.state, r.requested_by as "requestedBy", r.reason, r.ramp, r.rate_per_second as "ratePerSecond",
    r.stop_on_failure as "stopOnFailure", r.stop_reason as "stopReason", r.created_at as "createdAt", r.ended_at as "endedAt",
    (select json_build_object(
        'total', count(*),
        'planned', count(*) filter (where i.state = 'PLANNED'),
        'underWay', count(*) filter (where i.state in ('SENDING', 'SENT')),
        'handled', count(*) filter (where i.state = 'HANDLED'),
        'failed', count(*) filter (where i.state = 'FAILED'),
        'released', count(*) filter (where i.state = 'RELEASED'))
      from redrive_items i where i.redrive_id = r.id) as counts,
    (select json_agg(json_build_object('consumerGroup', w.consumer_group, 'since', w.since) order by w.consumer_group)
      from (select d.consumer_group, min(i.sent_at) as since
        from redrive_items i join dead_letters d on d.id = i.dead_letter_id
        where i.redrive_id = r.id and i.state = 'SENT' group by d.consumer_group) w) as waiting
  from redrives r`

/** `behind`: a later dead letter of its key waits for an older one, whatever else is selected. */
async function candidates(sql: Sql, selection: Selection, lock: string): Promise<readonly Candidate[]> {
  const { sql: condition, values } = conditionOf(toSend(requireSelection(selection)))
  const { rows: selected } = await sql.query<{ id: string }>(
    `select id::text from dead_letters where ${condition} order by id limit ${MAX_ITEMS + 1}`,
    [...values],
  )
  if (selected.length > MAX_ITEMS) {
    throw new DeadLetterError(
      'TOO_MANY_SELECTED',
      `More than ${MAX_ITEMS} dead letters are selected; narrow it down, for example by topic or time`,
    )
  }
  const ids = selected.map(({ id }) => id)
  const { rows } = await sql.query<Omit<Candidate, 'offset'> & { readonly offset: string }>(
    `select id::text, state, consumer_group as "consumerGroup", original_topic as topic, original_partition as partition,
       original_offset::text as offset, encode(key, 'hex') as key,
       (select o.id::text from dead_letters o
         where o.consumer_group = dead_letters.consumer_group and o.original_topic = dead_letters.original_topic
           and o.original_partition = dead_letters.original_partition and o.key = dead_letters.key
           and o.original_offset < dead_letters.original_offset and o.state in (${HOLDING_STATES.map((state) => `'${state}'`).join()})
           and not o.id = any($1::bigint[])
         order by o.original_offset limit 1) as behind
     from dead_letters where id = any($1::bigint[]) order by id ${lock}`,
    [ids],
  )
  return rows.map((row) => ({ ...row, offset: BigInt(row.offset) }))
}

/** Who filters means those that wait; who names one is told why it is not sent. */
function toSend(selection: Selection): Selection {
  return selection.ids === undefined && selection.state === undefined ? { ...selection, state: 'NEW' } : selection
}

async function insertRedrive(sql: Sql, values: readonly unknown[]): Promise<string> {
  const { rows } = await sql.query<{ id: string }>(
    `insert into redrives (state, requested_by, reason, selection, ramp, rate_per_second, stop_on_failure)
     values ('RUNNING', $1, $2, $3, $4, $5, $6) returning id::text`,
    [...values],
  )
  return (rows[0] as { readonly id: string }).id
}

function checkedOptions(order: RedriveOrder): Required<Pick<RedriveOrder, keyof typeof REDRIVE_DEFAULTS>> {
  const { ramp, ratePerSecond, stopOnFailure } = order
  const checked = {
    ramp: ramp ?? REDRIVE_DEFAULTS.ramp,
    ratePerSecond: ratePerSecond ?? REDRIVE_DEFAULTS.ratePerSecond,
    stopOnFailure: stopOnFailure ?? REDRIVE_DEFAULTS.stopOnFailure,
  }
  const positive = (value: number): boolean => Number.isInteger(value) && value > 0
  if (positive(checked.ratePerSecond) && checked.ramp.every(positive)) return checked
  throw new DeadLetterError(
    'INVALID_OPTION',
    `The rate is ${checked.ratePerSecond} and the ramp ${checked.ramp.join('-')}: expected whole numbers above 0`,
  )
}
