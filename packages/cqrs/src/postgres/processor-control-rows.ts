import type { FeedStart } from '../messaging/feed-start.ts'
import type { Segment } from '../processors/segment.ts'
import type { SqlStatement } from '../sql-statement.ts'
import { placeQuery } from './feed-place.ts'
import { lockProcessor, TOKEN } from './processor-rows.ts'
import { behind } from './publication-rows.ts'

/** Whoever is at work on the segment cannot commit any more. */
const TAKEN = 'owner = null, claimed_until = null, epoch = t.epoch + 1'

/** Sends every segment to a place and takes it from its owner. What a segment had handled already is replayed. */
export function resetTokens(processor: string, start: FeedStart): readonly SqlStatement[] {
  const { query, values } = placeQuery(start, 2)
  return [
    lockProcessor(processor),
    {
      text: `
        update processor_tokens t
        set ${TAKEN}, tx = place.tx, position = place.position, last_error = null, ahead_tx = null,
          replay_from = place.position, replay_position = was.position,
          replay_tx = case when (was.tx, was.position) > (place.tx, place.position) then was.tx end
        from (${query}) place, processor_tokens before cross join lateral (
          select tx, position from (values (before.tx, before.position), (before.replay_tx, before.replay_position))
            as handled (tx, position)
          where tx is not null order by tx desc, position desc limit 1
        ) was
        where t.processor = $1 and before.processor = $1 and before.segment = t.segment`,
      values: [processor, ...values],
    },
  ]
}

/** Fails with division_by_zero when the segment has another shape by now, or is still levelling a merge. */
export function splitToken(processor: string, segment: Segment, halves: readonly [Segment, Segment]): SqlStatement[] {
  const [{ mask }, { id: added }] = halves
  return [
    lockProcessor(processor),
    {
      text: `
        with halved as (
          update processor_tokens t set ${TAKEN}, mask = $4
          where processor = $1 and segment = $2 and mask = $3 and ahead_tx is null
          returning *
        ), added as (
          insert into processor_tokens (processor, segment, mask, tx, position, replay_from, replay_tx, replay_position)
          select processor, $5, mask, tx, position, replay_from, replay_tx, replay_position from halved
          returning 1
        )
        select 1 / count(*) from added`,
      values: [processor, segment.id, segment.mask, mask, added],
    },
  ]
}

/**
 * The merged segment goes on from where the slower half is, and remembers how far the other one is. Fails with division_by_zero when a half has
 * another shape by now, replays, or is still levelling a merge.
 */
export function mergeTokens(processor: string, kept: Segment, gone: Segment, merged: Segment): SqlStatement[] {
  const ready = 'ahead_tx is null and replay_tx is null'
  const keptIsFurther = '(t.tx, t.position) > (other.tx, other.position)'
  const further = (column: string): string => `case when ${keptIsFurther} then t.${column} else other.${column} end`
  const slower = (column: string): string => `case when ${keptIsFurther} then other.${column} else t.${column} end`
  return [
    lockProcessor(processor),
    {
      // The next statement sees what was committed before these locks were had.
      text: 'select 1 from processor_tokens where processor = $1 and segment in ($2, $3) order by segment for update',
      values: [processor, kept.id, gone.id],
    },
    {
      text: `
        with gone as (
          delete from processor_tokens where processor = $1 and segment = $3 and mask = $4 and ${ready} returning *
        ), merged as (
          update processor_tokens t
          set ${TAKEN}, mask = $5, tx = ${slower('tx')}, position = ${slower('position')},
            ahead_segment = ${further('segment')}, ahead_mask = $4, ahead_position = ${further('position')},
            ahead_tx = case when (t.tx, t.position) = (other.tx, other.position) then null else ${further('tx')} end
          from gone other
          where t.processor = $1 and t.segment = $2 and t.mask = $4 and t.ahead_tx is null and t.replay_tx is null
          returning 1
        )
        select 1 / count(*) from merged`,
      values: [processor, kept.id, gone.id, kept.mask, merged.mask],
    },
  ]
}

/** One row per segment: those of `readTokens`, then the last error, the events behind and the age of the oldest of them in seconds. */
export function statusStatement(processor: string): SqlStatement {
  return {
    text: `
      select ${TOKEN}, last_error, lag.events, lag.seconds
      from processor_tokens t cross join lateral (${behind('t.tx', 't.position')}) lag
      where processor = $1 order by segment`,
    values: [processor],
  }
}

/**
 * The newest transaction up to which every segment has had all its events, so that they are visible in what the processor writes. A page may end in
 * the middle of a large transaction, which does not count then.
 */
export function settledStatement(processor: string): SqlStatement {
  return {
    text: `
      select slowest.tx::text::numeric - case
        when slowest.position = 0 then 1
        when exists (select from events e where e.tx = slowest.tx and e.position > slowest.position) then 1
        else 0 end
      from (
        select tx, position from processor_tokens where processor = $1 order by tx, position limit 1
      ) slowest`,
    values: [processor],
  }
}
