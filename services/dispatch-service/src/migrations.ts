/** The tables of this service beside those of the event store. */
export const migrations = [
  {
    name: '001-stock',
    up: `
      create table stock (
        sku text collate "C" primary key,
        on_hand bigint not null,
        reserved bigint not null check (reserved >= 0),
        version int not null,
        -- The aggregate refuses to promise what is not there; should it ever be wrong, the database refuses too.
        check (on_hand >= reserved)
      ) with (fillfactor = 50);`,
  },
] as const
