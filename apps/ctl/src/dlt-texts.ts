import { columns, shortened } from './columns.ts'

/** What the console answers, as far as it is printed. */
export interface DeadLetter {
  readonly id: string
  readonly state: string
  readonly consumerGroup: string
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly key: string | null
  readonly eventType: string | null
  readonly errorClass: string
  readonly errorMessage: string
  readonly fingerprint: string
  readonly redrives: number
  readonly redrivesLeft: number
  readonly lastSeenAt: string
}

export interface WholeDeadLetter extends DeadLetter {
  readonly eventId: string | null
  readonly payload: { readonly json?: unknown; readonly text?: string; readonly base64?: string } | null
  readonly headers: readonly { readonly key: string; readonly text?: string; readonly base64?: string }[]
  readonly stackTrace: string
  readonly history: readonly {
    readonly seenAt: string
    readonly attempt: number | null
    readonly errorMessage: string
  }[]
}

export interface Group {
  readonly fingerprint: string
  readonly consumerGroup: string
  readonly topic: string
  readonly errorMessage: string
  readonly deadLetters: number
  readonly byState: Readonly<Record<string, number>>
  readonly firstSeenAt: string
  readonly lastSeenAt: string
}

export interface Plan {
  readonly id?: string
  readonly items: readonly { readonly id: string; readonly consumerGroup: string }[]
  readonly refused: readonly { readonly id: string; readonly why: string; readonly behind?: string }[]
}

export interface RedriveStatus {
  readonly id: string
  readonly state: string
  readonly requestedBy: string
  readonly reason: string
  readonly stopReason: string | null
  readonly endedAt: string | null
  readonly counts: {
    readonly total: number
    readonly handled: number
    readonly failed: number
    readonly released: number
    readonly underWay: number
  }
  readonly waitingFor: readonly { readonly consumerGroup: string; readonly since: string }[]
}

export interface Action {
  readonly changed: readonly string[]
  readonly refused: readonly { readonly id: string; readonly state: string }[]
}

export interface AuditEntry {
  readonly at: string
  readonly who: string
  readonly action: string
  readonly reason: string
  readonly deadLetterIds: readonly string[]
  readonly redriveId: string | null
}

const MAX_MESSAGE = 80
const MAX_IDS = 20

export function listText(letters: readonly DeadLetter[]): string {
  if (letters.length === 0) return 'no dead letters'
  return columns([
    ['id', 'state', 'group', 'topic', 'key', 'event', 'last seen', 'error'],
    ...letters.map(({ id, state, consumerGroup, topic, key, eventType, lastSeenAt, errorMessage }) => [
      id,
      state,
      consumerGroup,
      topic,
      key ?? '',
      eventType ?? '',
      lastSeenAt,
      shortened(errorMessage, MAX_MESSAGE),
    ]),
  ])
}

export function groupsText(groups: readonly Group[]): string {
  if (groups.length === 0) return 'no dead letters'
  return columns([
    ['fingerprint', 'count', 'states', 'group', 'topic', 'first seen', 'last seen', 'error'],
    ...groups.map((group) => [
      group.fingerprint,
      String(group.deadLetters),
      Object.entries(group.byState)
        .filter(([, count]) => count > 0)
        .map(([state, count]) => `${state} ${count}`)
        .join(' '),
      group.consumerGroup,
      group.topic,
      group.firstSeenAt,
      group.lastSeenAt,
      shortened(group.errorMessage, MAX_MESSAGE),
    ]),
  ])
}

export function showText(letter: WholeDeadLetter): string {
  const { payload, headers, history } = letter
  const bytes = payload?.text ?? payload?.base64
  return [
    `dead letter ${letter.id} · ${letter.state} · ${letter.consumerGroup || 'no group'} failed at ${letter.topic}-${letter.partition}@${letter.offset}`,
    `key ${letter.key ?? '(none)'} · event ${letter.eventType ?? '?'} ${letter.eventId ?? ''} · cause ${letter.fingerprint}`,
    `sent again ${letter.redrives} times, ${letter.redrivesLeft} left`,
    '',
    ...history.map(
      ({ seenAt, attempt, errorMessage }) =>
        `${seenAt}  ${attempt === null ? 'failed' : `failed again (${attempt})`}: ${errorMessage}`,
    ),
    '',
    payload === null ? '(no payload: a tombstone)' : (bytes ?? JSON.stringify(payload.json, null, 2)),
    '',
    ...headers.map(({ key, text, base64 }) => `${key}: ${text ?? `base64 ${base64}`}`),
  ].join('\n')
}

export function planText({ id, items, refused }: Plan): string {
  const what = id === undefined ? `${items.length} would be sent` : `redrive ${id}: ${items.length} are sent`
  const first = items.slice(0, MAX_IDS).map((item) => item.id)
  const more = items.length > MAX_IDS ? ` … and ${items.length - MAX_IDS} more` : ''
  return [
    `${what}${items.length === 0 ? '' : `, in this order: ${first.join(' ')}${more}`}`,
    ...refused.map((each) => `${each.id} is not: ${each.why}${each.behind === undefined ? '' : ` (${each.behind})`}`),
  ].join('\n')
}

export function statusText(redrives: readonly RedriveStatus[]): string {
  if (redrives.length === 0) return 'no redrives'
  return redrives
    .map(({ id, state, requestedBy, reason, stopReason, endedAt, counts, waitingFor }) => {
      const { total, handled, failed, released, underWay } = counts
      const waits = waitingFor.map(({ consumerGroup, since }) => `; waits for ${consumerGroup} since ${since}`).join('')
      return `redrive ${id} · ${endedAt === null ? state : `${state} at ${endedAt}`} · ${handled} of ${total} handled, ${failed} failed again, ${released} not sent, ${underWay} under way${waits}${stopReason === null ? '' : `; stopped: ${stopReason}`} · ${requestedBy}: ${reason}`
    })
    .join('\n')
}

export function actionText(step: string, { changed, refused }: Action): string {
  return [`${step}: ${changed.length} changed`, ...refused.map(({ id, state }) => `${id} is not: it is ${state}`)].join(
    '\n',
  )
}

export function auditText(entries: readonly AuditEntry[]): string {
  if (entries.length === 0) return 'nothing was done yet'
  return entries
    .map(({ at, who, action, reason, deadLetterIds, redriveId }) => {
      const what = redriveId === null ? '' : ` (redrive ${redriveId})`
      const count =
        deadLetterIds.length === 1 ? `dead letter ${deadLetterIds[0]}` : `${deadLetterIds.length} dead letters`
      return `${at}  ${who}  ${action}${what}  ${count}: ${reason}`
    })
    .join('\n')
}
