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
  {
    name: '002-cart-items',
    // Carts that were filled before: one row too many, of a product that was taken out again, does no harm.
    up: `
      create table cart_items (
        sku text collate "C" not null,
        cart_id text collate "C" not null,
        primary key (sku, cart_id)
      );
      create index cart_items_cart_id on cart_items (cart_id);
      insert into cart_items (sku, cart_id)
      select distinct data->>'sku', data->>'cartId' from events added
      where type = 'ItemAddedToCartEvent'
        and not exists (select from events closed where closed.stream = added.stream and closed.type = 'CartCheckedOutEvent');`,
  },
  {
    name: '003-cart-deadlines',
    // Carts that were opened before carts expired; 30 days, whatever the properties say: their next change puts it right.
    up: `
      insert into deadlines (scope, id, name, token, due_at, payload, correlation_id)
      select 'aggregate:cart', cart_id, 'Expire', gen_random_uuid(), touched_at + interval '30 days',
        json_build_object('cartId', cart_id), cart_id
      from (
        select substr(stream, length('cart-') + 1) as cart_id, max(occurred_at) as touched_at from events
        where stream like 'cart-%'
        group by stream
        having not bool_or(type in ('CartCheckedOutEvent', 'CartExpiredEvent'))
      ) as open
      on conflict do nothing;`,
  },
] as const
