import type { SqlStatement } from '../sql-statement.ts'

const MAX_COUNTED = 100_000

/** Saga, stage, number of instances that live, seconds since the first of them came to that stage. From the index of those that live alone. */
export function liveSagas(now: Date): SqlStatement {
  return {
    text: `
      select saga, stage, count(*), extract(epoch from $1::timestamptz - min(stage_since))
      from (
        select saga, stage, stage_since from sagas where ended_at is null
        order by saga, stage, stage_since limit ${MAX_COUNTED}
      ) live
      group by saga, stage`,
    values: [now],
  }
}

/** Scope and number of the sagas' deadlines that were due before a time. */
export function overdueSagas(before: Date): SqlStatement {
  return {
    text: `
      select scope, count(*)
      from (select scope from deadlines where due_at <= $1 order by due_at limit ${MAX_COUNTED}) due
      where starts_with(scope, 'saga:')
      group by scope`,
    values: [before],
  }
}
