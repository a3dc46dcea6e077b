import type { Pool } from 'pg'
import type { Inhibitor } from '../inhibition/inhibitor.ts'
import { createInhibitor } from '../inhibition/inhibitor.ts'
import type { AlertEpisode } from '../log/alert-log.ts'
import type { Sql } from '../log/transaction.ts'
import { inTransaction } from '../log/transaction.ts'
import type { Labels } from '../promql/labels.ts'
import { formatLabels, only } from '../promql/labels.ts'
import type { Silence } from '../silences/silence.ts'
import { silencing } from '../silences/silence.ts'
import type { Group, RememberedAlert } from './notification-payload.ts'
import { notificationPayload } from './notification-payload.ts'
import type { CurrentAlert, NotificationTimings, ToldBefore } from './notification-plan.ts'
import { planNotification } from './notification-plan.ts'
import type { Receiver } from './receiver.ts'

export interface NotificationsOptions extends NotificationTimings {
  readonly pool: Pool
  readonly receivers: readonly Pick<Receiver, 'name' | 'accepts'>[]
  /** Labels whose values make a group: its alerts are told together. */
  readonly groupBy: readonly string[]
  /** Which alerts hold back others of which nobody is told then. Default: none. */
  readonly inhibitor?: Inhibitor
  /** Base URL of the console, for links. */
  readonly consoleUrl: string
}

interface GroupRow {
  readonly receiver: string
  readonly group_key: string
  readonly firing: readonly RememberedAlert[]
  readonly notified_at: Date
}

const GROUPS = 'select * from alert_groups'
/** The row is made first, so that of several processes one decides. */
const CLAIM = `
  insert into alert_groups (receiver, group_key, firing, notified_at) values ($1, $2, '[]', '-infinity')
  on conflict do nothing`
const LOCK = `select firing, notified_at, notified_at > '-infinity' as told from alert_groups where receiver = $1 and group_key = $2 for update`
const TOLD = 'update alert_groups set firing = $3, notified_at = $4 where receiver = $1 and group_key = $2'
const FORGET = 'delete from alert_groups where receiver = $1 and group_key = $2'
/** What was not sent yet is out of date now. */
const WITHDRAW = `
  delete from alert_notifications
  where receiver = $1 and group_key = $2 and sent_at is null and given_up_at is null and (claimed_until is null or claimed_until < $3)`
const ENQUEUE = `
  insert into alert_notifications (receiver, group_key, payload, created_at, next_at) values ($1, $2, $3, $4, $4)`

interface Candidate {
  readonly group: Group
  readonly current: CurrentAlert[]
}

/**
 * Decides who is told what, and stores it for the sender in the same transaction as the memory of it: a crash neither loses nor repeats a decision, and
 * several processes on one database decide once.
 */
export class Notifications {
  readonly #options: NotificationsOptions
  readonly #inhibitor: Inhibitor
  /** Fingerprints of inhibited alerts, and until when they count as such if their cause is over now. */
  #heldBackUntilMs: ReadonlyMap<string, number> = new Map()
  #told: Map<string, GroupRow> | undefined

  constructor(options: NotificationsOptions) {
    this.#options = options
    this.#inhibitor = options.inhibitor ?? createInhibitor([])
  }

  /** Answers how many notifications were stored. Costs no query as long as nothing is to be told. */
  async decide(open: readonly AlertEpisode[], silences: readonly Silence[], atMs: number): Promise<number> {
    this.#told ??= await this.#read()
    this.#noteInhibited(open, atMs)
    const firing = new Set(open.map(({ fingerprint }) => fingerprint))
    const isOver = (fingerprint: string): boolean => !firing.has(fingerprint)
    let stored = 0
    for (const { group, current } of this.#candidates(open, silences, atMs)) {
      const known = this.#told.get(`${group.receiver} ${group.key}`)
      if (planNotification(current, known && toldBefore(known), isOver, atMs, this.#options) === undefined) continue
      if (await inTransaction(this.#options.pool, (sql) => this.#store(sql, group, current, isOver, atMs))) stored += 1
      this.#told = await this.#read()
    }
    return stored
  }

  /** An alert counts as inhibited for `groupIntervalMs` after its cause is over: what the cause has left is mostly over soon, too. */
  #noteInhibited(open: readonly AlertEpisode[], atMs: number): void {
    const inhibits = this.#inhibitor(open)
    const heldBackUntilMs = new Map<string, number>()
    for (const { fingerprint, labels } of open) {
      const inhibited = inhibits(labels).length > 0
      const untilMs = inhibited ? atMs + this.#options.groupIntervalMs : this.#heldBackUntilMs.get(fingerprint)
      if (untilMs !== undefined && (inhibited || atMs < untilMs)) heldBackUntilMs.set(fingerprint, untilMs)
    }
    this.#heldBackUntilMs = heldBackUntilMs
  }

  /** Groups with alerts, and groups that somebody was told of. */
  #candidates(open: readonly AlertEpisode[], silences: readonly Silence[], atMs: number): readonly Candidate[] {
    const silenced = silencing(silences, atMs)
    const candidates = new Map<string, Candidate>()
    const add = (group: Group): Candidate => {
      const key = `${group.receiver} ${group.key}`
      const candidate = candidates.get(key) ?? { group, current: [] }
      candidates.set(key, candidate)
      return candidate
    }
    for (const row of this.#told?.values() ?? []) {
      add({
        receiver: row.receiver,
        key: row.group_key,
        labels: only(row.firing[0]?.labels ?? {}, this.#options.groupBy),
      })
    }
    for (const episode of open) {
      if (silenced(episode.labels).length > 0 || this.#heldBackUntilMs.has(episode.fingerprint)) continue
      for (const receiver of this.#options.receivers) {
        if (receiver.accepts(episode.labels))
          add(this.#groupOf(receiver.name, episode.labels)).current.push(remembered(episode))
      }
    }
    return [...candidates.values()]
  }

  #groupOf(receiver: string, labels: Labels): Group {
    const groupLabels = only(labels, this.#options.groupBy)
    return { receiver, key: `{}:${formatLabels(groupLabels)}`, labels: groupLabels }
  }

  async #read(): Promise<Map<string, GroupRow>> {
    const { rows } = await this.#options.pool.query<GroupRow>(GROUPS)
    return new Map(rows.map((row) => [`${row.receiver} ${row.group_key}`, row]))
  }

  async #store(
    sql: Sql,
    group: Group,
    current: readonly CurrentAlert[],
    isOver: (fingerprint: string) => boolean,
    atMs: number,
  ): Promise<boolean> {
    const key = [group.receiver, group.key]
    await sql.query(CLAIM, key)
    const { rows } = await sql.query<Omit<GroupRow, 'receiver' | 'group_key'> & { readonly told: boolean }>(LOCK, key)
    const row = rows[0]
    const before = row?.told ? { firing: row.firing, atMs: row.notified_at.getTime() } : undefined
    const plan = planNotification(current, before, isOver, atMs, this.#options)
    if (plan === undefined) {
      if (before === undefined) await sql.query(FORGET, key)
      return false
    }
    const at = new Date(atMs)
    const payload = notificationPayload(group, { ...plan, at }, this.#options.consoleUrl)
    await sql.query(WITHDRAW, [...key, at])
    await sql.query(ENQUEUE, [...key, JSON.stringify(payload), at])
    if (plan.firing.length === 0) await sql.query(FORGET, key)
    else await sql.query(TOLD, [...key, JSON.stringify(plan.firing), at])
    return true
  }
}

const toldBefore = ({ firing, notified_at }: GroupRow): ToldBefore => ({ firing, atMs: notified_at.getTime() })

const remembered = ({ fingerprint, labels, annotations, firedAt, acknowledgement }: AlertEpisode): CurrentAlert => ({
  fingerprint,
  labels,
  annotations,
  firedAt: firedAt.toISOString(),
  acknowledged: acknowledgement !== null,
})
