import type { Migration } from '@stocker/service-kit'

const ACTIONS = `
  create table console_actions (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    who text not null,
    role text collate "C" not null,
    action text collate "C" not null,
    target text collate "C" not null,
    reason text not null,
    before jsonb,
    after jsonb,
    result text collate "C" not null
  );
  create index console_actions_at on console_actions (at);
  create index console_actions_target on console_actions (target, at);
  create index dead_letter_audit_at on dead_letter_audit (at);

  -- The dead letters keep their own, in the transaction of what they tell; one page shows both.
  create view all_actions as
    select 'c' || id as id, at, who, role, action, target, reason, before, after, result from console_actions
    union all
    select 'd' || id, at, who, null, action,
      case when redrive_id is not null then 'redrive:' || redrive_id
        when cardinality(dead_letter_ids) = 1 then 'dead-letter:' || dead_letter_ids[1]
        else 'dead-letters:' || array_to_string(dead_letter_ids, ',') end,
      reason, null, detail, 'done'
    from dead_letter_audit;
`

/** After those of the dead letters. */
export const auditMigrations: readonly Migration[] = [{ name: 'console-0001-actions', up: ACTIONS }]
