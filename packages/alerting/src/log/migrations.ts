export interface Migration {
  /** Unique; run in the order of the list. */
  readonly name: string
  readonly up: string
}

/**
 * An episode is one time that an alert fired, from its firing to its end; at most one of an alert is open. What was sent to a receiver about a group of
 * alerts is in `alert_groups`, what is to be sent in `alert_notifications`.
 */
const ALERTING = `
  create table alert_episodes (
    id bigint generated always as identity primary key,
    fingerprint text collate "C" not null,
    labels jsonb not null,
    annotations jsonb not null,
    value double precision not null,
    active_at timestamptz not null,
    fired_at timestamptz not null,
    resolved_at timestamptz,
    acknowledged_by text,
    acknowledged_at timestamptz,
    note text
  );
  create unique index alert_episodes_open on alert_episodes (fingerprint) where resolved_at is null;
  create index alert_episodes_fired on alert_episodes (fired_at);

  create table alert_silences (
    id bigint generated always as identity primary key,
    matchers jsonb not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    created_by text not null,
    comment text not null,
    created_at timestamptz not null,
    expired_by text
  );
  create index alert_silences_ends on alert_silences (ends_at);

  create table alert_groups (
    receiver text collate "C" not null,
    group_key text collate "C" not null,
    firing jsonb not null,
    notified_at timestamptz not null,
    primary key (receiver, group_key)
  );

  create table alert_notifications (
    id bigint generated always as identity primary key,
    receiver text collate "C" not null,
    group_key text collate "C" not null,
    payload jsonb not null,
    created_at timestamptz not null,
    attempts int not null default 0,
    next_at timestamptz not null,
    claimed_until timestamptz,
    last_error text,
    sent_at timestamptz,
    given_up_at timestamptz
  ) with (fillfactor = 80);
  create index alert_notifications_open on alert_notifications (next_at) where sent_at is null and given_up_at is null;
  create index alert_notifications_sent on alert_notifications (receiver, sent_at) where sent_at is not null;
  create index alert_notifications_created on alert_notifications (created_at);
`

/**
 * What a restart must not take from the alerts: what is pending, and thinned out samples of the metrics that rules look at over hours and days. `seen_at`
 * changes with each evaluation, so there is room in the pages for it.
 */
const STATE = `
  create table alert_pending (
    fingerprint text collate "C" primary key,
    active_at timestamptz not null,
    seen_at timestamptz not null
  ) with (fillfactor = 50);

  create table alert_series (
    fingerprint text collate "C" primary key,
    labels jsonb not null
  );

  create table alert_samples (
    fingerprint text collate "C" not null,
    at timestamptz not null,
    value double precision not null,
    primary key (fingerprint, at)
  );
`

/** The tables of the package, for the database of whoever runs it. */
export const alertingMigrations: readonly Migration[] = [
  { name: 'alerting-0001-log', up: ALERTING },
  { name: 'alerting-0002-state', up: STATE },
]
