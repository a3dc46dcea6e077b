import type { StatusKind } from '../web/components/status.ts'
import type { GroupSummary } from './consumer-views.ts'

const STATUSES: Readonly<Record<GroupSummary['status'], readonly [StatusKind, string]>> = {
  ok: ['ok', 'ok'],
  falling_behind: ['warn', 'falling behind'],
  rewound: ['warn', 'rewound'],
  stalled: ['bad', 'stalled'],
  stopped: ['bad', 'stopped'],
}

export interface GroupWord {
  readonly kind: StatusKind
  readonly word: string
}

/** How a group is, in a word. What an operator has stopped is no accident, but must not be forgotten either. */
export function wordOf({
  status,
  stopped,
  members,
  failing,
  lag,
}: Pick<GroupSummary, 'status' | 'stopped' | 'members' | 'failing' | 'lag'>): GroupWord {
  if (stopped) return { kind: lag > 0 ? 'warn' : 'idle', word: 'paused' }
  if (status === 'ok' && members === 0) return { kind: 'idle', word: 'nobody reads' }
  if (status === 'ok' && failing > 0) return { kind: 'warn', word: 'retrying' }
  const [kind, word] = STATUSES[status]
  return { kind, word }
}

const URGENCY: readonly StatusKind[] = ['bad', 'warn', 'busy', 'info', 'ok', 'idle']

/** What needs attention first; then who is behind most. */
export const byUrgency = (groups: readonly GroupSummary[]): readonly GroupSummary[] =>
  groups.toSorted(
    (a, b) =>
      URGENCY.indexOf(wordOf(a).kind) - URGENCY.indexOf(wordOf(b).kind) ||
      b.lag - a.lag ||
      (a.group < b.group ? -1 : 1),
  )

/** A page of more is of no use to anybody, and a stream of more too much. */
const MOST_SHOWN = 200

export interface ShownGroups {
  /** Those that need attention first. */
  readonly groups: readonly GroupSummary[]
  /** How many there are of which the name has the text. */
  readonly total: number
  readonly sentence: string
}

/** `search`: part of the name of a group, its service or a topic; empty for all. */
export function shownGroups(all: readonly GroupSummary[], search: string): ShownGroups {
  const wanted = search.toLowerCase()
  const found = all.filter(({ group, service = '', topics }) =>
    [group, service, ...topics].some((name) => name.toLowerCase().includes(wanted)),
  )
  return { groups: byUrgency(found).slice(0, MOST_SHOWN), total: found.length, sentence: groupsSentence(found) }
}

/** One sentence over all of them. */
export function groupsSentence(groups: readonly GroupSummary[]): string {
  const troubled = groups.filter((group) => ['bad', 'warn'].includes(wordOf(group).kind))
  if (groups.length === 0) return 'No consumer group was seen yet.'
  const all = groups.length === 1 ? 'One group' : `${groups.length} groups`
  if (troubled.length === 0) return `${all}; nothing needs attention.`
  const named = troubled.map((group) => `${group.group} (${wordOf(group).word})`)
  const shown = named.slice(0, 3).join(', ') + (named.length > 3 ? ` and ${named.length - 3} more` : '')
  return `${all}; attention: ${shown}.`
}
