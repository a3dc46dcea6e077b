/** The tables of this service beside those of the event store. */
export const migrations = [
  {
    name: '001-orders',
    up: `
      create table orders (
        order_id text collate "C" primary key,
        customer_id text not null,
        status text not null,
        amount bigint not null,
        currency text not null,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        version int not null
      ) with (fillfactor = 70);
      create index orders_by_customer on orders (customer_id, created_at desc, order_id);
      create index orders_by_time on orders (created_at desc, order_id);
      create table catalogue (
        sku text primary key,
        name text not null,
        amount bigint not null,
        currency text not null
      );`,
  },
  {
    name: '002-order-documents',
    up: `
      alter table orders add column terms json, add column progress json;
      -- A row is changed at each step of its order: room beside it keeps the indexes out of that.
      alter table orders set (fillfactor = 40);
      create table order_counts (status text not null, orders int not null);
      insert into order_counts (status, orders) select status, count(*) from orders group by status;`,
  },
  {
    name: '003-order-slo',
    up: `
      create table order_slo (only_one boolean primary key default true check (only_one), counted_until timestamptz not null);
      insert into order_slo (counted_until) values (now());`,
  },
] as const
