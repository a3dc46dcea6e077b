import type { Pool } from 'pg'

export interface RecordedAction {
  readonly id: string
  readonly at: Date
  readonly who: string
  /** Null: the dead letters' audit keeps none. */
  readonly role: string | null
  readonly action: string
  readonly target: string
  readonly reason: string
  readonly before: unknown
  readonly after: unknown
  /** `started`, then `done`, `failed` or a code; `unknown` when nothing was heard for a minute. */
  readonly result: string
}

export interface ActionFilter {
  readonly who?: string
  readonly action?: string
  /** The whole target, or its kind with the colon: `order:`. */
  readonly target?: string
  /** At or after. */
  readonly from?: Date
  /** Before. */
  readonly to?: Date
}

export interface ActionPage {
  readonly actions: readonly RecordedAction[]
  /** For the page of older ones; undefined on the last. */
  readonly next: string | undefined
}

/** The newest first; `before`: `next` of the page before. */
export async function listActions(
  pool: Pool,
  { who, action, target, from, to }: ActionFilter,
  { before, limit }: { readonly before?: string; readonly limit: number },
): Promise<ActionPage> {
  const [at = null, id = null] = before?.split('_') ?? []
  const { rows } = await pool.query<RecordedAction & { readonly cursor: string }>(
    `select id, at, who, role, action, target, reason, before, after, result,
       (extract(epoch from at) * 1000000)::bigint || '_' || id as cursor
     from all_actions
     where ($1::text is null or who = $1) and ($2::text is null or action = $2)
       and ($3::text is null or target = $3 or (right($3, 1) = ':' and starts_with(target, $3)))
       and ($4::timestamptz is null or at >= $4) and ($5::timestamptz is null or at < $5)
       and ($6::bigint is null or (at, id) < (to_timestamp($6::numeric / 1000000), $7))
     order by at desc, id desc limit $8 + 1`,
    [who || null, action || null, target || null, from ?? null, to ?? null, at, id, limit],
  )
  const page = rows.slice(0, limit)
  return {
    actions: page.map(({ cursor: _, ...each }) => each),
    next: rows.length > limit ? page.at(-1)?.cursor : undefined,
  }
}
