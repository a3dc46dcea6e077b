/**
 * The tables of the simulated gateway, in its own database. A row of `authorizations` also holds the sums of what became of it, so
 * that the database itself refuses to take more than is held, or to give back more than was taken.
 */
export const ledgerMigrations = [
  {
    name: '001-ledger',
    up: `
      create table authorizations (
        idempotency_key text collate "C" primary key,
        order_id text not null,
        amount bigint not null,
        currency text not null,
        token text not null,
        authorization_id text,
        decline_reason text,
        decline_message text,
        recorded_at timestamptz not null default now(),
        check ((authorization_id is null) <> (decline_reason is null))
      );`,
  },
  {
    name: '002-movements',
    up: `
      alter table authorizations
        add column captured bigint not null default 0,
        add column refunded bigint not null default 0,
        add column voided boolean not null default false,
        add column refused_refunds int not null default 0,
        add constraint never_more_captured_than_authorized check (captured between 0 and amount),
        add constraint never_more_refunded_than_captured check (refunded between 0 and captured),
        add constraint nothing_captured_when_void check (captured = 0 or not voided),
        add constraint nothing_moved_when_declined check (authorization_id is not null or (captured = 0 and not voided));
      create unique index authorizations_by_id on authorizations (authorization_id) where authorization_id is not null;
      create table movements (
        idempotency_key text collate "C" primary key,
        kind text not null check (kind in ('capture', 'void', 'refund')),
        order_id text not null,
        authorization_id text not null,
        amount bigint not null check (amount >= 0),
        currency text not null,
        movement_id text,
        refusal text,
        refusal_message text,
        recorded_at timestamptz not null default now(),
        check ((movement_id is null) <> (refusal is null))
      );`,
  },
] as const
