import { columns } from '../columns.ts'
import type { CtlCommand } from '../command.ts'

interface Group {
  readonly group: string
  readonly status: string
  readonly detail: string
  readonly members: number
  readonly lag: number
  readonly lagSeconds: number | null
  readonly parked: number
}

export const lag: CtlCommand = {
  words: '[group]',
  help: 'consumer groups: how they are, and how far behind in records and in seconds; exit code 1 when one is not ok',
  flags: {},
  maxWords: 1,
  run: async ({ words: [name], console: connect, show }) => {
    const client = await connect()
    if (name !== undefined) {
      const group = (await client.get(`consumers/${encodeURIComponent(name)}`)) as Group
      show(group, () => lagText([group]))
      return group.status === 'ok' ? 0 : 1
    }
    const answer = (await client.get('consumers')) as { readonly groups: readonly Group[] }
    show(answer, () => lagText(answer.groups))
    return answer.groups.every(({ status }) => status === 'ok') ? 0 : 1
  },
}

function lagText(groups: readonly Group[]): string {
  if (groups.length === 0) return 'no consumer group is there'
  return columns([
    ['group', 'status', 'members', 'lag', 'seconds', 'parked', 'detail'],
    ...groups.map(({ group, status, members, lag: records, lagSeconds, parked, detail }) => [
      group,
      status,
      String(members),
      String(records),
      lagSeconds === null ? '?' : lagSeconds.toFixed(1),
      String(parked),
      detail,
    ]),
  ])
}
