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

const OUTCOMES = `
  -- Of actions whose intent was written before they were done; those from before this migration have their result in the entry itself.
  create table console_action_outcomes (
    action_id bigint primary key references console_actions (id),
    at timestamptz not null default clock_timestamp(),
    result text collate "C" not null,
    after jsonb,
    target text collate "C"
  );

  drop view all_actions;
  create view all_actions as
    select 'c' || a.id as id, a.at, a.who, a.role, a.action, coalesce(o.target, a.target) as target, a.reason, a.before,
      coalesce(o.after, a.after) as after,
      case when o.result is not null then o.result
        when a.result = 'started' and a.at < clock_timestamp() - interval '1 minute' then 'unknown'
        else a.result end as result
    from console_actions a left join console_action_outcomes o on o.action_id = a.id
    union all
    select 'd' || id, at, who, null, action,
      case when redrive_id is not null then 'redrive:' || redrive_id
        when cardinality(dead_letter_ids) = 1 then 'dead-letter:' || dead_letter_ids[1]
        else 'dead-letters:' || array_to_string(dead_letter_ids, ',') end,
      reason, null, detail, 'done'
    from dead_letter_audit;
`

/** After those of the dead letters. */
export const auditMigrations: readonly Migration[] = [
  { name: 'console-0001-actions', up: ACTIONS },
  { name: 'console-0002-action-outcomes', up: OUTCOMES },
]
