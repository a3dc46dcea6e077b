import type {
  Books,
  CallRow,
  ChargeRow,
  DeadlineRow,
  DeliveryRow,
  DispatchRow,
  MovedRow,
  OrderRow,
  PaymentRow,
  PlacedRow,
  SagaRow,
  StaleRow,
  StockRow,
} from './books.ts'
import type { AuditedDatabases, Bookkeeper, Read } from './databases.ts'
import { BOOKKEEPERS, reading } from './databases.ts'

// Sums are float8: exact up to 2^53, and a number on this side.

const ORDERS = `select order_id as "orderId", status, amount::float8 as total from orders`

const placedBy = (type: 'OrderCreatedEvent' | 'CartCheckedOutEvent') => `
  select data->>'orderId' as "orderId", data->>'cartId' as "cartId", (data->'total'->>'amount')::float8 as total,
    data->'lines' as lines
  from events where type = '${type}'`

const CHARGES = `
  with moved as (
    select order_id,
      coalesce(sum(amount) filter (where kind = 'void'), 0)::float8 as voided,
      coalesce(sum(amount) filter (where kind = 'capture'), 0)::float8 as captured,
      coalesce(sum(amount) filter (where kind = 'refund'), 0)::float8 as refunded
    from movements where movement_id is not null group by order_id
  ), held as (
    select order_id, count(*)::int as authorizations, sum(amount)::float8 as authorized,
      coalesce(sum(amount) filter (where voided), 0)::float8 as voided,
      sum(captured)::float8 as captured, sum(refunded)::float8 as refunded
    from authorizations where authorization_id is not null group by order_id
  )
  select order_id as "orderId", coalesce(authorizations, 0) as authorizations, coalesce(authorized, 0) as authorized,
    coalesce(held.voided, 0) as voided, coalesce(held.captured, 0) as captured, coalesce(held.refunded, 0) as refunded,
    json_build_object('voided', coalesce(moved.voided, 0), 'captured', coalesce(moved.captured, 0),
      'refunded', coalesce(moved.refunded, 0)) as movements
  from held full join moved using (order_id)`

const moneyOf = (type: string) =>
  `coalesce(sum((data->'amount'->>'amount')::float8) filter (where type = '${type}'), 0)`
const PAYMENTS = `
  select data->>'orderId' as "orderId", ${moneyOf('PaymentProcessedEvent')} as authorized,
    ${moneyOf('PaymentCapturedEvent')} as captured, ${moneyOf('PaymentRefundedEvent')} as refunded
  from events where type in ('PaymentProcessedEvent', 'PaymentCapturedEvent', 'PaymentRefundedEvent') group by 1`

const times = (type: string) => `count(*) filter (where type = '${type}')::int`
const DISPATCHES = `
  select data->>'orderId' as "orderId", ${times('OrderDispatchedEvent')} as dispatched,
    ${times('StockRejectedEvent')} as rejected, ${times('StockReleasedEvent')} as released,
    ${times('StockReturnedEvent')} as returned
  from events
  where type in ('OrderDispatchedEvent', 'StockRejectedEvent', 'StockReleasedEvent', 'StockReturnedEvent') group by 1`
const DELIVERIES = `
  select data->>'orderId' as "orderId", ${times('OrderDeliveredEvent')} as delivered,
    ${times('DeliveryReturnedEvent')} as returned, ${times('DeliveryLostEvent')} as lost
  from events where type in ('OrderDeliveredEvent', 'DeliveryReturnedEvent', 'DeliveryLostEvent') group by 1`

const piecesOf = (type: string) => `coalesce(sum((data->>'quantity')::float8) filter (where type = '${type}'), 0)`
const MOVED = `
  select data->>'orderId' as "orderId", data->>'sku' as sku, ${piecesOf('StockAllocated')} as reserved,
    ${piecesOf('StockSold')} as sold, ${piecesOf('StockFreed')} as released, ${piecesOf('StockReturned')} as returned
  from events where type in ('StockAllocated', 'StockSold', 'StockFreed', 'StockReturned') group by 1, 2`
const STOCK = `
  select sku, on_hand::float8 as "onHand", reserved::float8 as reserved, (
    select coalesce(sum((data->>'quantity')::float8), 0) from events
    where stream = 'stock-' || sku and type = 'StockAdjusted'
  ) as adjusted
  from stock`

const SAGAS = `
  select saga, id, (
    select count(*)::int from deadlines d where d.scope = 'saga:' || s.saga and d.id = s.id
  ) as deadlines
  from sagas s where ended_at is null`
const DEADLINES = `
  select scope, id, name, greatest(extract(epoch from now() - due_at) * 1000, 0)::float8 as "overdueMs",
    last_error as "lastError"
  from deadlines`
const CALLS = `select key, attempts, last_error as "lastError" from outbound_calls`

interface ReadModel {
  readonly table: string
  readonly key: string
  readonly aggregate: string
}

/** Those with a row for each stream of an aggregate. */
const READ_MODELS: Partial<Readonly<Record<Bookkeeper, ReadModel>>> = {
  order: { table: 'orders', key: 'order_id', aggregate: 'order' },
  dispatch: { table: 'stock', key: 'sku', aggregate: 'stock' },
}

const staleRows = ({ table, key, aggregate }: ReadModel) => `
  select coalesce(m.${key}, substr(s.stream, ${aggregate.length + 2})) as key,
    format('its version is %s, that of its stream %s', coalesce(m.version::text, 'missing'),
      coalesce(s.version::text, 'missing')) as text
  from ${table} m full join (
    select stream, max(version) as version from events where starts_with(stream, '${aggregate}-') group by stream
  ) s on s.stream = '${aggregate}-' || m.${key}
  where m.version is distinct from s.version`

type KernelBooks = Pick<Books, 'sagas' | 'deadlines' | 'calls' | 'stale'>

/** What the kernel has in the database of every service. */
const readKernel = async (service: Bookkeeper, read: Read): Promise<KernelBooks> => {
  const model = READ_MODELS[service]
  const sagas = await read<SagaRow>(SAGAS)
  const deadlines = await read<Omit<DeadlineRow, 'service'>>(DEADLINES)
  const calls = await read<Omit<CallRow, 'service'>>(CALLS)
  const stale = model === undefined ? [] : await read<Pick<StaleRow, 'key' | 'text'>>(staleRows(model))
  return {
    sagas,
    deadlines: deadlines.map((row) => ({ ...row, service })),
    calls: calls.map((row) => ({ ...row, service })),
    stale: stale.map((row) => ({ ...row, service, table: model?.table ?? '' })),
  }
}

type OwnBooks = Partial<Omit<Books, keyof KernelBooks>>

const OWN: Readonly<Record<Bookkeeper, (read: Read) => Promise<OwnBooks>>> = {
  cart: async (read) => ({ checkedOut: await read<PlacedRow>(placedBy('CartCheckedOutEvent')) }),
  order: async (read) => ({
    orders: await read<OrderRow>(ORDERS),
    created: await read<PlacedRow>(placedBy('OrderCreatedEvent')),
  }),
  payment: async (read) => ({ payments: await read<PaymentRow>(PAYMENTS) }),
  gateway: async (read) => ({ charges: await read<ChargeRow>(CHARGES) }),
  dispatch: async (read) => ({
    dispatches: await read<DispatchRow>(DISPATCHES),
    moved: await read<MovedRow>(MOVED),
    stock: await read<StockRow>(STOCK),
  }),
  delivery: async (read) => ({ deliveries: await read<DeliveryRow>(DELIVERIES) }),
}

const NO_BOOKS: Books = {
  orders: [],
  created: [],
  checkedOut: [],
  charges: [],
  payments: [],
  dispatches: [],
  moved: [],
  deliveries: [],
  stock: [],
  sagas: [],
  deadlines: [],
  calls: [],
  stale: [],
}

/** Reads what everybody has written down: each database in one snapshot, all at about the same time. */
export const readBooks = async (databases: AuditedDatabases): Promise<Books> => {
  const parts = await Promise.all(
    BOOKKEEPERS.map((name) =>
      reading(databases[name], async (read) => ({
        own: await OWN[name](read),
        // The gateway is another company's system, without our kernel.
        kernel: name === 'gateway' ? null : await readKernel(name, read),
      })),
    ),
  )
  const kernels = parts.flatMap(({ kernel }) => kernel ?? [])
  return {
    ...NO_BOOKS,
    ...Object.assign({}, ...parts.map(({ own }) => own)),
    sagas: kernels.flatMap(({ sagas }) => sagas),
    deadlines: kernels.flatMap(({ deadlines }) => deadlines),
    calls: kernels.flatMap(({ calls }) => calls),
    stale: kernels.flatMap(({ stale }) => stale),
  }
}
