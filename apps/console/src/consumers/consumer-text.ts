import { numberText } from '../web/number-text.ts'
import { durationText } from '../web/time-text.ts'
import type { GroupSummary } from './consumer-views.ts'

/** Groups with something to say first. */
export function consumersText({
  at,
  problems,
  groups,
}: {
  readonly at: string | null
  readonly problems: readonly string[]
  readonly groups: readonly GroupSummary[]
}): string {
  if (at === null) return 'The cluster was not looked at yet.\n'
  const rows = [
    ['GROUP', 'STATUS', 'MEMBERS', 'LAG', 'SINCE', 'WHY'],
    ...groups
      .toSorted((a, b) => Number(a.status === 'ok') - Number(b.status === 'ok') || b.lag - a.lag)
      .map(({ group, status, members, lag, lagSeconds, detail, stopped }) => [
        group,
        stopped ? 'paused' : status.replace('_', ' '),
        String(members),
        numberText(lag),
        lagSeconds === null ? '?' : lagSeconds === 0 ? '' : durationText(lagSeconds * 1000),
        status === 'ok' ? '' : detail,
      ]),
  ]
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return `${[...lines, ...problems.map((problem) => `! ${problem}`)].join('\n')}\n`
}
