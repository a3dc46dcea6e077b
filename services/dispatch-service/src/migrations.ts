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
  {
    name: '002-stock-totals',
    up: `
      alter table stock
        add column stocked bigint not null default 0,
        add column sold bigint not null default 0,
        add column returned bigint not null default 0,
        add column threshold bigint;
      -- From the movements, once; from then on the aggregate counts.
      update stock s set stocked = moved.stocked, sold = moved.sold
      from (
        select stream,
          coalesce(sum((data->>'quantity')::bigint) filter (where type = 'StockAdjusted'), 0) as stocked,
          coalesce(sum((data->>'quantity')::bigint) filter (where type = 'StockSold'), 0) as sold
        from events where type in ('StockAdjusted', 'StockSold') group by stream
      ) moved
      where moved.stream = 'stock-' || s.sku;
      -- Every piece is somewhere.
      alter table stock add constraint stock_conserved check (on_hand = stocked - sold + returned);`,
  },
] as const
