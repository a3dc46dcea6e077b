/** The tables of this service beside those of the event store. */
export const migrations = [
  {
    name: '001-products',
    up: `
      create table products (
        sku text collate "C" primary key,
        name text not null,
        amount bigint not null check (amount >= 0),
        currency text not null,
        version int not null
      );`,
  },
] as const
