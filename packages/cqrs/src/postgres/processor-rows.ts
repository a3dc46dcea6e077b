import type { FeedStart } from '../messaging/feed-start.ts'
import type { Token } from '../processors/processor-claim.ts'
import type { Segment } from '../processors/segment.ts'
import type { SqlStatement } from '../sql-statement.ts'
import type { FeedPosition } from '../store/event.ts'
import { placeQuery } from './feed-place.ts'
import type { Row } from './pipeline.ts'

/** Whoever shares the tokens of a processor is told here that they have changed hands or shape; the payload is the processor's name. */
export const PROCESSOR_CHANNEL = 'cqrs_processors'

export function tellInstances(processor: string): SqlStatement {
  return { text: `select pg_notify('${PROCESSOR_CHANNEL}', $1)`, values: [processor] }
}

/** Only one transaction at a time changes the set of a processor's tokens. Ends with the transaction. */
export function lockProcessor(processor: string): SqlStatement {
  return { text: `select pg_advisory_xact_lock(hashtextextended('cqrs processor ' || $1, 0))`, values: [processor] }
}

/** Makes the tokens of a processor that has none. Under `lockProcessor`. */
export function createTokens(processor: string, segments: readonly Segment[], start: FeedStart): SqlStatement {
  const { query, values } = placeQuery(start, 4)
  return {
    text: `
      insert into processor_tokens (processor, segment, mask, tx, position)
      select $1, segment, mask, place.tx, place.position
      from unnest($2::int[], $3::int[]) as added (segment, mask) cross join (${query}) as place
      where not exists (select from processor_tokens where processor = $1)`,
    values: [processor, segments.map(({ id }) => id), segments.map(({ mask }) => mask), ...values],
  }
}

/** The columns of `decodeToken`. */
export const TOKEN = `
  segment, mask, epoch, owner, owner is null or claimed_until < now(), tx, position,
  ahead_segment, ahead_mask, ahead_tx, ahead_position, replay_from, replay_tx, replay_position`

export const TOKEN_LENGTH = 14

export function decodeToken(row: Row): Token {
  const [id, mask, epoch, owner = null, free, tx, position] = row
  const [aheadId, aheadMask, aheadTx, aheadPosition, replayFrom, replayTx, replayPosition] = row.slice(7, TOKEN_LENGTH)
  return {
    segment: { id: Number(id), mask: Number(mask) },
    epoch: BigInt(epoch ?? 0),
    owner,
    free: free === 't',
    position: placeOf(tx, position),
    ahead: isNull(aheadTx)
      ? null
      : { part: { id: Number(aheadId), mask: Number(aheadMask) }, position: placeOf(aheadTx, aheadPosition) },
    replay: isNull(replayTx) ? null : { from: BigInt(replayFrom as string), until: placeOf(replayTx, replayPosition) },
  }
}

const isNull = (value: string | null | undefined): value is null | undefined => value === null || value === undefined

const placeOf = (tx: string | null | undefined, position: string | null | undefined): FeedPosition => ({
  tx: BigInt(tx as string),
  position: BigInt(position as string),
})

export function readTokens(processor: string): SqlStatement {
  return { text: `select ${TOKEN} from processor_tokens where processor = $1 order by segment`, values: [processor] }
}

export function readInstances(processor: string): SqlStatement {
  return {
    text: 'select owner from processor_instances where processor = $1 and alive_until > now()',
    values: [processor],
  }
}

/** Says that this instance lives, keeps what it has claimed, and forgets instances that died long ago. */
export function keepClaims(processor: string, owner: string, leaseMs: number): readonly SqlStatement[] {
  return [
    {
      text: `
        insert into processor_instances (processor, owner, alive_until) values ($1, $2, now() + make_interval(secs => $3))
        on conflict (processor, owner) do update set alive_until = excluded.alive_until`,
      values: [processor, owner, leaseMs / 1000],
    },
    {
      text: `
        update processor_tokens set claimed_until = now() + make_interval(secs => $3) where processor = $1 and owner = $2`,
      values: [processor, owner, leaseMs / 1000],
    },
    {
      text: `delete from processor_instances where processor = $1 and alive_until < now() - interval '1 hour'`,
      values: [processor],
    },
  ]
}

/** Takes those of the segments that nobody, or nobody who lives, has. */
export function claimTokens(
  processor: string,
  owner: string,
  leaseMs: number,
  segments: readonly number[],
): SqlStatement {
  return {
    text: `
      update processor_tokens
      set owner = $2, claimed_until = now() + make_interval(secs => $3), epoch = epoch + 1
      where processor = $1 and segment = any($4::int[]) and (owner is null or claimed_until < now())`,
    values: [processor, owner, leaseMs / 1000, segments],
  }
}

/** `segments`: all of the owner's by default. */
export function releaseTokens(processor: string, owner: string, segments: readonly number[] | null): SqlStatement {
  return {
    text: `
      update processor_tokens set owner = null, claimed_until = null, epoch = epoch + 1
      where processor = $1 and owner = $2 and ($3::int[] is null or segment = any($3::int[]))`,
    values: [processor, owner, segments],
  }
}

export function forgetInstance(processor: string, owner: string): SqlStatement {
  return { text: 'delete from processor_instances where processor = $1 and owner = $2', values: [processor, owner] }
}

/**
 * Fails with division_by_zero unless every one of the tokens is still as it was claimed. It comes first in its transaction: the lock on the tokens
 * keeps others from changing them before the effects are committed.
 */
export function moveTokens(processor: string, tokens: readonly Token[], to: FeedPosition): SqlStatement {
  return {
    text: `
      with moved as (
        update processor_tokens t set tx = $4::xid8, position = $5, last_error = null,
          ahead_tx = case when (t.ahead_tx, t.ahead_position) > ($4::xid8, $5::bigint) then t.ahead_tx end,
          replay_tx = case when (t.replay_tx, t.replay_position) > ($4::xid8, $5::bigint) then t.replay_tx end
        from unnest($2::int[], $3::bigint[]) as claimed (segment, epoch)
        where t.processor = $1 and t.segment = claimed.segment and t.epoch = claimed.epoch
        returning 1
      )
      select 1 / (case when count(*) = cardinality($2::int[]) then 1 else 0 end) from moved`,
    values: [processor, tokens.map(({ segment }) => segment.id), tokens.map(({ epoch }) => epoch), to.tx, to.position],
  }
}

/** For the eyes of operators. */
export function recordError(processor: string, tokens: readonly Token[], error: string): SqlStatement {
  return {
    text: `
      update processor_tokens t set last_error = $4
      from unnest($2::int[], $3::bigint[]) as claimed (segment, epoch)
      where t.processor = $1 and t.segment = claimed.segment and t.epoch = claimed.epoch`,
    values: [
      processor,
      tokens.map(({ segment }) => segment.id),
      tokens.map(({ epoch }) => epoch),
      error.slice(0, 2_000),
    ],
  }
}
