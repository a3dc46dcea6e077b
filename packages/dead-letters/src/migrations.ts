export interface Migration {
  /** Unique; run in the order of the list. */
  readonly name: string
  readonly up: string
}

/** `record_offset`: offset is a word of SQL. Headers: `[{"key", "base64"}]`. An empty consumer_group is one that no header names. */
const DEAD_LETTERS = `
  create table dead_letters (
    id bigint generated always as identity primary key,
    consumer_group text collate "C" not null,
    original_topic text collate "C" not null,
    original_partition int not null,
    original_offset bigint not null,
    original_at timestamptz not null,
    key bytea,
    value bytea,
    headers jsonb not null,
    event_id text collate "C",
    event_type text collate "C",
    error_class text not null,
    error_message text not null,
    stack_trace text not null,
    fingerprint text collate "C" not null,
    state text collate "C" not null,
    edited boolean not null default false,
    redrives int not null default 0,
    redrives_left int not null,
    occurrences int not null default 1,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    unique (consumer_group, original_topic, original_partition, original_offset)
  ) with (fillfactor = 80);
  create index dead_letters_fingerprint on dead_letters (fingerprint, id);
  create index dead_letters_state on dead_letters (state, id);
  create index dead_letters_of_key on dead_letters (consumer_group, original_topic, original_partition, key, original_offset)
    where state in ('NEW', 'REDRIVING');

  create table dead_letter_occurrences (
    topic text collate "C" not null,
    partition int not null,
    record_offset bigint not null,
    dead_letter_id bigint not null references dead_letters,
    attempt int,
    error_class text not null,
    error_message text not null,
    seen_at timestamptz not null,
    primary key (topic, partition, record_offset)
  );
  create index dead_letter_occurrences_of on dead_letter_occurrences (dead_letter_id);

  create table redrives (
    id bigint generated always as identity primary key,
    state text collate "C" not null,
    requested_by text not null,
    reason text not null,
    selection jsonb not null,
    ramp int[] not null,
    rate_per_second int not null,
    stop_on_failure boolean not null,
    stop_reason text,
    created_at timestamptz not null default now(),
    next_at timestamptz not null default now(),
    ended_at timestamptz
  );
  create index redrives_open on redrives (id) where ended_at is null;

  create table redrive_items (
    redrive_id bigint not null references redrives,
    dead_letter_id bigint not null references dead_letters,
    position int not null,
    sequence text collate "C",
    state text collate "C" not null,
    attempt int,
    claimed_until timestamptz,
    sent_at timestamptz,
    settled_at timestamptz,
    error text,
    primary key (redrive_id, dead_letter_id)
  ) with (fillfactor = 70);
  create unique index redrive_items_open on redrive_items (dead_letter_id) where state in ('PLANNED', 'SENDING', 'SENT');
  create index redrive_items_sequence on redrive_items (redrive_id, sequence, position);
  create index redrive_items_state on redrive_items (redrive_id, state, position);

  create table dead_letter_audit (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    who text not null,
    action text collate "C" not null,
    reason text not null,
    redrive_id bigint,
    dead_letter_ids bigint[] not null,
    selection jsonb,
    detail jsonb
  );
  create index dead_letter_audit_of on dead_letter_audit using gin (dead_letter_ids);
`

const OCCURRENCES_BY_TIME = 'create index dead_letter_occurrences_seen on dead_letter_occurrences (seen_at);'

/** The tables of the store, for the database of whoever runs it. */
export const deadLetterMigrations: readonly Migration[] = [
  { name: 'dead-letters-0001-store', up: DEAD_LETTERS },
  { name: 'dead-letters-0002-occurrences-by-time', up: OCCURRENCES_BY_TIME },
]
