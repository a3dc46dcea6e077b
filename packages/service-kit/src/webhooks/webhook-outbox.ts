import { createHash } from 'node:crypto'
import type { Migration } from '../database/migrate.ts'

/** A report that is sent until it is taken or given up. */
export interface OutgoingWebhook {
  /** webhook-id: up to 100 printable characters, the same for every repetition. One that is there already is not added again. */
  readonly id: string
  /** Reports of one subject are sent one after the other. */
  readonly subject: string
  /** Sent as JSON, byte by byte the same each time. */
  readonly body: object
  /** Not sent before this time is over. Milliseconds. */
  readonly delayMs: number
}

/** The id of the message that tells `what`, whoever makes it and however often. */
export const webhookIdFor = (what: string): string => `msg_${createHash('sha256').update(what).digest('base64url')}`

/**
 * The reports that a sender owes, in its own database. What was taken keeps its id and loses its content, which may say something about people; what
 * was given up keeps both, so that it can be sent again.
 */
export const webhookMigrations: readonly Migration[] = [
  {
    name: 'webhooks-001-messages',
    up: `
      create table webhook_messages (
        position bigint generated always as identity primary key,
        id text collate "C" not null unique,
        subject text collate "C" not null,
        body text,
        due_at timestamptz not null,
        attempts int not null default 0,
        last_error text,
        recorded_at timestamptz not null default now(),
        taken_at timestamptz,
        check ((body is null) = (taken_at is not null))
      );
      create index webhook_messages_due on webhook_messages (due_at) where taken_at is null;
      create index webhook_messages_of_subject on webhook_messages (subject, position) where taken_at is null;`,
  },
  {
    name: 'webhooks-002-given-up',
    up: `
      alter table webhook_messages
        add column refusals int not null default 0,
        add column given_up_at timestamptz,
        add constraint not_taken_and_given_up check (taken_at is null or given_up_at is null);
      drop index webhook_messages_due, webhook_messages_of_subject;
      create index webhook_messages_due on webhook_messages (due_at) where taken_at is null and given_up_at is null;
      create index webhook_messages_of_subject on webhook_messages (subject, position)
        where taken_at is null and given_up_at is null;
      create index webhook_messages_given_up on webhook_messages (given_up_at) where given_up_at is not null;`,
  },
]

/** For the sender's own transaction: the report is owed as soon as what it tells has happened. */
export const addWebhooks = (messages: readonly OutgoingWebhook[]) => ({
  text: `
    insert into webhook_messages (id, subject, body, due_at)
    select id, subject, body, now() + make_interval(secs => delay)
    from unnest($1::text[], $2::text[], $3::text[], $4::float8[]) with ordinality as added (id, subject, body, delay, place)
    order by place
    on conflict (id) do nothing`,
  values: [
    messages.map(({ id }) => id),
    messages.map(({ subject }) => subject),
    messages.map(({ body }) => JSON.stringify(body)),
    messages.map(({ delayMs }) => delayMs / 1_000),
  ],
})

export interface ClaimedWebhook {
  readonly id: string
  readonly subject: string
  readonly body: string
  /** This one included. */
  readonly attempts: number
  /** How many of those before were refused. */
  readonly refusals: number
}

/** Characters of an answer that are kept. */
const MAX_ERROR = 500

const IS_FIRST_OF_ITS_SUBJECT = `not exists (
        select from webhook_messages earlier
        where earlier.subject = w.subject and earlier.position < w.position
          and earlier.taken_at is null and earlier.given_up_at is null)`

/** Takes up to `limit` messages that are due; when nothing is heard of them for `leaseMs`, they are due again. */
export const claimWebhooks = (limit: number, leaseMs: number) => ({
  name: 'webhooks-claim',
  text: `
    update webhook_messages m set attempts = attempts + 1, due_at = now() + make_interval(secs => $2)
    from (
      select position from webhook_messages w
      where taken_at is null and given_up_at is null and due_at <= now() and ${IS_FIRST_OF_ITS_SUBJECT}
      order by due_at limit $1 for update skip locked
    ) due
    where m.position = due.position
    returning m.id, m.subject, m.body, m.attempts, m.refusals`,
  values: [limit, leaseMs / 1_000],
})

export const webhookTaken = (id: string) => ({
  name: 'webhooks-taken',
  text: `
    update webhook_messages set taken_at = now(), given_up_at = null, body = null, last_error = null
    where id = $1`,
  values: [id],
})

export const webhookFailed = (id: string, error: string, refusals: number, delayMs: number) => ({
  name: 'webhooks-failed',
  text: `
    update webhook_messages set due_at = now() + make_interval(secs => $2), last_error = $3, refusals = $4
    where id = $1 and taken_at is null`,
  values: [id, delayMs / 1_000, error.slice(0, MAX_ERROR), refusals],
})

/** Changes no row when another process took or gave it up meanwhile. */
export const webhookGivenUp = (id: string, error: string) => ({
  name: 'webhooks-given-up',
  text: `
    update webhook_messages set given_up_at = now(), last_error = $2
    where id = $1 and taken_at is null and given_up_at is null`,
  values: [id, error.slice(0, MAX_ERROR)],
})

/** In how many milliseconds the next one is due; null: none is owed. */
export const nextWebhook = () => ({
  name: 'webhooks-next',
  text: `
    select extract(epoch from due_at - now())::float8 * 1000 as ms
    from webhook_messages w where taken_at is null and given_up_at is null and ${IS_FIRST_OF_ITS_SUBJECT} order by due_at limit 1`,
})
