import { columns } from '../columns.ts'
import type { CtlCommand } from '../command.ts'
import { numberOf } from '../number-of.ts'

interface SagasAnswer {
  readonly states: readonly {
    readonly saga: string
    readonly stage: string
    readonly waitsFor: string
    readonly instances: number
    readonly overdue: number
    readonly oldestAt: string
  }[]
  readonly sagas: readonly {
    readonly saga: string
    readonly id: string
    readonly stage: string
    readonly waitsFor: string
    readonly updatedAt: string
    readonly overdue: boolean
    readonly nextDeadline: { readonly name: string; readonly dueAt: string } | null
    readonly lastError: string | null
  }[]
}

export const sagas: CtlCommand = {
  words: '',
  help: 'business processes that have not ended: how many wait for what, and which; the overdue first',
  flags: {
    overdue: { type: 'boolean', help: 'only those whose time is over' },
    limit: { type: 'string', value: 'n', help: 'so many of them one by one (default 20)' },
  },
  maxWords: 0,
  run: async ({ flags, console: connect, show }) => {
    const query = { limit: String(numberOf(flags, 'limit') ?? 20), ...(flags.has('overdue') && { overdue: 'true' }) }
    const answer = (await (await connect()).get('sagas', query)) as SagasAnswer
    show(answer, () => sagasText(answer))
    return 0
  },
}

function sagasText({ states, sagas: each }: SagasAnswer): string {
  if (states.length === 0) return 'no saga is under way'
  const counts = columns([
    ['saga', 'stage', 'waits for', 'how many', 'overdue', 'oldest since'],
    ...states.map(({ saga, stage, waitsFor, instances, overdue, oldestAt }) => [
      saga,
      stage,
      waitsFor,
      String(instances),
      String(overdue),
      oldestAt,
    ]),
  ])
  if (each.length === 0) return counts
  const list = columns([
    ['id', 'stage', 'waits for', 'until', 'error'],
    ...each.map(({ id, stage, waitsFor, overdue, nextDeadline, lastError }) => [
      id,
      stage,
      waitsFor,
      `${nextDeadline?.dueAt ?? ''}${overdue ? ' (overdue)' : ''}`,
      lastError ?? '',
    ]),
  ])
  return `${counts}\n\n${list}`
}
