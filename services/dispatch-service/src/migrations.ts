/** The tables of this service beside those of the event store. */
export const migrations = [
  {
    name: '001-dispatch',
    up: `
      create table stock (
        sku text collate "C" primary key,
        on_hand bigint not null,
        reserved bigint not null check (reserved >= 0),
        version int not null,
        -- The aggregate refuses to promise what is not there; should it ever be wrong, the database refuses too.
        check (on_hand >= reserved)
      ) with (fillfactor = 50);
      create table dispatches (
        order_id text collate "C" primary key,
        status text not null,
        lines json not null,
        dispatched_at timestamptz,
        version int not null
      ) with (fillfactor = 70);`,
  },
] as const
