export interface Migration {
  /** Unique; migrations run in the order of their names. */
  readonly name: string
  /** One or more SQL statements. */
  readonly up: string
}

/**
 * `json`, not `jsonb`: it is stored as it came, costs less to write, and takes every string that JSON can hold.
 * Text keys compare by bytes ("C"): cheaper, and the same on every server.
 */
const KERNEL = `
  create table events (
    position bigint generated always as identity,
    tx xid8 not null default pg_current_xact_id(),
    stream text collate "C" not null,
    version int not null,
    id uuid not null,
    type text collate "C" not null,
    data json not null,
    correlation_id text collate "C" not null,
    causation_id text collate "C",
    traceparent text collate "C",
    occurred_at timestamptz not null,
    primary key (tx, position),
    unique (stream, version)
  );

  create table snapshots (
    stream text collate "C" primary key,
    version int not null,
    revision int not null,
    state json not null
  );

  create table inbox (
    message_id text collate "C" not null,
    consumer text collate "C" not null,
    handled_at timestamptz not null default now(),
    primary key (message_id, consumer)
  );
  create index inbox_handled_at on inbox using brin (handled_at);

  create table accepted_commands (
    key text collate "C" primary key,
    fingerprint text not null,
    stream text collate "C" not null,
    from_version int not null,
    to_version int not null,
    accepted_at timestamptz not null default now()
  );
  create index accepted_commands_accepted_at on accepted_commands using brin (accepted_at);

  create table publications (
    name text collate "C" primary key,
    tx xid8 not null,
    position bigint not null,
    published_at timestamptz not null default now()
  ) with (fillfactor = 10);

  create table outbound_owners (
    owner uuid primary key,
    alive_until timestamptz not null
  ) with (fillfactor = 10);

  create table outbound_calls (
    name text collate "C" not null,
    key text collate "C" not null,
    request json not null,
    correlation_id text collate "C" not null,
    causation_id text collate "C" not null,
    traceparent text collate "C",
    owner uuid,
    attempts int not null default 0,
    due_at timestamptz not null,
    last_error text,
    requested_at timestamptz not null default now(),
    primary key (name, key)
  );
`

/** What was there before has revision 1. A constant default changes no row, so this takes a moment on any table. */
const EVENT_REVISIONS = `
  alter table events add column revision int not null default 1;
`

/** Rows that change often leave room on their page, so that an update needs no new index entries. */
const SAGAS_AND_DEADLINES = `
  create table sagas (
    saga text collate "C" not null,
    id text collate "C" not null,
    version int not null,
    revision int not null,
    state json not null,
    updated_at timestamptz not null,
    ended_at timestamptz,
    primary key (saga, id)
  ) with (fillfactor = 70);
  create index sagas_ended_at on sagas (ended_at) where ended_at is not null;

  create table saga_associations (
    saga text collate "C" not null,
    property text collate "C" not null,
    value text collate "C" not null,
    id text collate "C" not null,
    primary key (saga, property, value, id)
  );
  create index saga_associations_of_instance on saga_associations (saga, id);

  create table deadlines (
    scope text collate "C" not null,
    id text collate "C" not null,
    name text collate "C" not null,
    token uuid not null,
    due_at timestamptz not null,
    payload json not null,
    correlation_id text collate "C" not null,
    causation_id text collate "C",
    traceparent text collate "C",
    claimed_until timestamptz,
    attempts int not null default 0,
    last_error text,
    primary key (scope, id, name)
  ) with (fillfactor = 70);
  create index deadlines_due_at on deadlines (due_at);
`

/** `epoch` grows whenever a segment changes hands or shape: what was begun under an earlier one can no longer be committed. */
const TRACKING_PROCESSORS = `
  create table processor_tokens (
    processor text collate "C" not null,
    segment int not null,
    mask int not null,
    epoch bigint not null default 0,
    owner text collate "C",
    claimed_until timestamptz,
    tx xid8 not null,
    position bigint not null,
    ahead_segment int,
    ahead_mask int,
    ahead_tx xid8,
    ahead_position bigint,
    replay_from bigint,
    replay_tx xid8,
    replay_position bigint,
    last_error text,
    primary key (processor, segment)
  ) with (fillfactor = 20);

  create table processor_instances (
    processor text collate "C" not null,
    owner text collate "C" not null,
    alive_until timestamptz not null,
    primary key (processor, owner)
  ) with (fillfactor = 20);
`

/**
 * In which stage an instance is, and since when: for those who watch. The index holds only instances that live, and changes when one begins, ends, or goes
 * over to another stage.
 */
const SAGA_STAGES = `
  alter table sagas
    add column stage text collate "C" not null default 'running',
    add column stage_since timestamptz not null default now();
  create index sagas_live on sagas (saga, stage, stage_since) where ended_at is null;
`

/**
 * Most events stand in a stream that has the id of their case, and are found by it; an entry in an index would cost a sixth of their insert. This is
 * for the others, e.g. movements of a stock for an order. Queries must say it word for word to use the index.
 */
export const IN_STREAM_OF_ANOTHER_ID = `substr(stream, strpos(stream, '-') + 1) <> correlation_id`

/**
 * What the trail of a business case is read from (see trail/). Rows of before know nothing of where their message came from. The two indexes
 * are built while nobody writes: a million events take about a second.
 */
const TRAIL = `
  alter table inbox
    add column topic text collate "C",
    add column partition int,
    add column record_offset bigint,
    add column published_at timestamptz,
    add column received_at timestamptz;

  create index events_of_other_cases on events (correlation_id) where ${IN_STREAM_OF_ANOTHER_ID};
  create index outbound_calls_of_case on outbound_calls (correlation_id);

  create table handling_attempts (
    number bigint generated always as identity primary key,
    message_id text collate "C" not null,
    consumer text collate "C" not null,
    outcome text collate "C" not null,
    type text collate "C",
    key text collate "C",
    topic text collate "C" not null,
    partition int not null,
    record_offset bigint not null,
    attempt int not null,
    at timestamptz not null,
    error_code text,
    error_message text,
    next_attempt_at timestamptz
  );
  create index handling_attempts_of_message on handling_attempts (message_id);
  create index handling_attempts_of_key on handling_attempts (key);
  create index handling_attempts_at on handling_attempts using brin (at);
`

/** The kernel's tables. A service runs these before its own. */
export const migrations: readonly Migration[] = Object.freeze([
  { name: '0001_cqrs_kernel', up: KERNEL },
  { name: '0002_event_revisions', up: EVENT_REVISIONS },
  { name: '0003_sagas_and_deadlines', up: SAGAS_AND_DEADLINES },
  { name: '0004_tracking_processors', up: TRACKING_PROCESSORS },
  { name: '0005_saga_stages', up: SAGA_STAGES },
  { name: '0006_trail', up: TRAIL },
])
