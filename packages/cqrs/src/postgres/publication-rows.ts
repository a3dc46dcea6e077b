import type { SqlStatement } from '../sql-statement.ts'
import type { FeedPosition } from '../store/event.ts'
import type { Session } from './session.ts'

/** The place after which the publisher of this name goes on; the start of the feed when it is new. */
export async function readCheckpoint(session: Session, name: string): Promise<FeedPosition> {
  const [, rows = []] = await session.run([
    {
      text: `insert into publications (name, tx, position) values ($1, '0', 0) on conflict (name) do nothing`,
      values: [name],
    },
    { text: 'select tx, position from publications where name = $1', values: [name] },
  ])
  const [tx = '0', position = '0'] = rows[0] ?? []
  return { tx: BigInt(tx as string), position: BigInt(position as string) }
}

export function saveCheckpoint(name: string, { tx, position }: FeedPosition): SqlStatement {
  return {
    text: 'update publications set tx = $2::xid8, position = $3, published_at = now() where name = $1',
    values: [name, tx, position],
  }
}

const MAX_COUNTED = 100_000

/** How many committed events there are after a place, given as SQL, and the age of the oldest of them in seconds; one row. */
export const behind = (tx: string, position: string): string => `
  select count(*) as events, extract(epoch from now() - min(occurred_at)) as seconds
  from (
    select occurred_at from events where (tx, position) > (${tx}, ${position})
    order by tx, position limit ${MAX_COUNTED}
  ) later`

export function lagStatement(name: string): SqlStatement {
  return {
    text: behind(
      `coalesce((select tx from publications where name = $1), '0')`,
      'coalesce((select position from publications where name = $1), 0)',
    ),
    values: [name],
  }
}
