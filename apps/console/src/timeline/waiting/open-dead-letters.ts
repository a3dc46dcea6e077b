import type { Pool } from 'pg'
import type { WatchedService } from '../../watched-services.ts'
import type { OpenDeadLetter } from './platform-health.ts'

interface Row {
  readonly id: string
  readonly consumer_group: string
  readonly place: string
  readonly event_id: string | null
  readonly error: string
}

/** So many of one order are a case for a person, not for a page. */
const MAX_LETTERS = 100

const LETTERS = `
  select id::text, consumer_group, original_topic || '-' || original_partition || '-' || original_offset as place, event_id,
    error_class || ': ' || error_message as error
  from dead_letters
  where state in ('NEW', 'REDRIVING', 'PARKED') and (event_id = any($1::text[]) or key = any($2::bytea[]))
  order by dead_letters.id limit ${MAX_LETTERS}`

/** Dead letters of an order that nobody has seen to, by `<service>/<message id>` and by `<service>/<topic>-<partition>-<offset>`. */
export async function openDeadLetters(
  pool: Pool,
  services: readonly WatchedService[],
  { messageIds, keys }: { readonly messageIds: readonly string[]; readonly keys: readonly string[] },
): Promise<Readonly<Record<string, OpenDeadLetter>>> {
  const { rows } = await pool.query<Row>(LETTERS, [messageIds, keys.map((key) => Buffer.from(key))])
  const serviceOf = new Map(services.map(({ name, consumerGroup }) => [consumerGroup, name]))
  return Object.fromEntries(
    rows.flatMap(({ id, consumer_group: consumerGroup, place, event_id: eventId, error }) => {
      const service = serviceOf.get(consumerGroup) ?? consumerGroup
      const letter = { id, consumerGroup, error }
      return [place, ...(eventId === null ? [] : [eventId])].map((name) => [`${service}/${name}`, letter] as const)
    }),
  )
}
