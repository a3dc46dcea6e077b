import pg from 'pg'

/** Connection strings by database. */
export interface AuditedDatabases {
  readonly order: string
  readonly payment: string
  readonly gateway: string
  readonly dispatch: string
  readonly delivery: string
}

export interface AuditReport {
  readonly orders: number
  readonly delivered: number
  readonly cancelled: number
  readonly charges: number
  /** One sentence per finding; empty: the books agree. */
  readonly differences: readonly string[]
}

interface Row {
  readonly [column: string]: string | number | null
}

const query = async (url: string, text: string): Promise<Row[]> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}

const ORDERS = `
  select o.order_id, o.status, o.amount::int as amount,
    (select count(*)::int from events e where e.stream = 'order-' || o.order_id and e.type = 'OrderCreatedEvent') as created,
    (select count(*)::int from events e where e.stream = 'order-' || o.order_id and e.type = 'OrderCompletedEvent') as completed
  from orders o`
const CHARGES = `
  select order_id, count(*)::int as charges, sum(amount)::int as amount
  from authorizations where authorization_id is not null group by order_id`
const SHIPMENTS = `
  select data->>'orderId' as order_id, count(*)::int as shipments
  from events where type = 'OrderDispatchedEvent' group by 1`
const DELIVERIES = `
  select data->>'orderId' as order_id, count(*)::int as deliveries
  from events where type = 'OrderDeliveredEvent' group by 1`
const STOCK = `
  select s.sku, s.on_hand::int as on_hand, s.reserved::int as reserved,
    coalesce(sum(case e.type when 'StockAdjusted' then (e.data->>'quantity')::int when 'StockSold' then -(e.data->>'quantity')::int end), 0)::int as expected_on_hand,
    coalesce(sum(case e.type when 'StockAllocated' then (e.data->>'quantity')::int when 'StockSold' then -(e.data->>'quantity')::int when 'StockFreed' then -(e.data->>'quantity')::int end), 0)::int as expected_reserved
  from stock s left join events e on e.stream = 'stock-' || s.sku
  group by s.sku, s.on_hand, s.reserved`
const MOVED_TWICE = `
  select data->>'orderId' as order_id, data->>'sku' as sku, type, count(*)::int as times
  from events where type in ('StockAllocated', 'StockSold', 'StockFreed') group by 1, 2, 3 having count(*) > 1`

/**
 * The conservation check: what the orders say, what the gateway charged, what left the stock and what was delivered must be
 * one story. Reads the services' databases directly; run it when the platform is quiet.
 */
export const audit = async (databases: AuditedDatabases): Promise<AuditReport> => {
  const [orders, charges, shipments, deliveries, stock, movedTwice] = await Promise.all([
    query(databases.order, ORDERS),
    query(databases.gateway, CHARGES),
    query(databases.dispatch, SHIPMENTS),
    query(databases.delivery, DELIVERIES),
    query(databases.dispatch, STOCK),
    query(databases.dispatch, MOVED_TWICE),
  ])
  const byOrder = (rows: readonly Row[]) => new Map(rows.map((row) => [String(row.order_id), row]))
  const charged = byOrder(charges)
  const shipped = byOrder(shipments)
  const handedOver = byOrder(deliveries)
  const differences: string[] = []
  const expect = (id: string, what: string, actual: unknown, expected: unknown): void => {
    if (actual !== expected) differences.push(`order ${id}: ${what} is ${actual}, expected ${expected}`)
  }

  for (const order of orders) {
    const id = String(order.order_id)
    expect(id, 'number of OrderCreatedEvent', order.created, 1)
    if (order.status === 'DELIVERED') {
      expect(id, 'number of OrderCompletedEvent', order.completed, 1)
      expect(id, 'number of charges', charged.get(id)?.charges ?? 0, 1)
      expect(id, 'amount charged', charged.get(id)?.amount ?? 0, order.amount)
      expect(id, 'number of shipments', shipped.get(id)?.shipments ?? 0, 1)
      expect(id, 'number of deliveries', handedOver.get(id)?.deliveries ?? 0, 1)
    } else if (order.status === 'CANCELLED') {
      expect(id, 'number of shipments', shipped.get(id)?.shipments ?? 0, 0)
    } else differences.push(`order ${id} is still ${order.status}`)
  }
  const known = byOrder(orders)
  for (const [id, { charges: times }] of charged)
    if (!known.has(id)) differences.push(`the gateway charged order ${id} ${times} times, but there is no such order`)
  for (const row of stock) {
    if (row.on_hand !== row.expected_on_hand)
      differences.push(`stock of ${row.sku}: ${row.on_hand} on hand, its movements say ${row.expected_on_hand}`)
    if (row.reserved !== row.expected_reserved)
      differences.push(`stock of ${row.sku}: ${row.reserved} reserved, its movements say ${row.expected_reserved}`)
  }
  for (const { order_id: id, sku, type, times } of movedTwice)
    differences.push(`order ${id}: ${type} of ${sku} happened ${times} times`)
  const count = (status: string): number => orders.filter((order) => order.status === status).length
  return {
    orders: orders.length,
    delivered: count('DELIVERED'),
    cancelled: count('CANCELLED'),
    charges: charges.length,
    differences,
  }
}
