import type { Pool } from 'pg'

/** What the gateway did for one order in one currency; amounts in minor units, from its single movements. */
export interface OrderCharges {
  readonly orderId: string
  readonly currency: string
  readonly authorized: number
  readonly captured: number
  readonly voided: number
  readonly refunded: number
  /** What the customer has paid in the end: captured less refunded. */
  readonly netCharge: number
  /** More than one is a customer whose money was held twice. */
  readonly authorizations: number
  readonly declines: number
  readonly captures: number
  readonly voids: number
  readonly refunds: number
  readonly refusedRefunds: number
  /** Requests that the gateway's books did not allow. Any is a fault of the payment service. */
  readonly contradictions: number
}

const CHARGES = `
  with happened (order_id, currency, what, amount) as (
    select order_id, currency, case when authorization_id is null then 'decline' else 'authorization' end, amount
    from authorizations
    union all
    select order_id, currency,
      case when refusal is null then kind when refusal = 'NOT_POSSIBLE_NOW' then 'refused refund' else 'contradiction' end,
      amount
    from movements
  )
  select order_id, currency,
    coalesce(sum(amount) filter (where what = 'authorization'), 0)::bigint as authorized,
    coalesce(sum(amount) filter (where what = 'capture'), 0)::bigint as captured,
    coalesce(sum(amount) filter (where what = 'void'), 0)::bigint as voided,
    coalesce(sum(amount) filter (where what = 'refund'), 0)::bigint as refunded,
    count(*) filter (where what = 'authorization')::int as authorizations,
    count(*) filter (where what = 'decline')::int as declines,
    count(*) filter (where what = 'capture')::int as captures,
    count(*) filter (where what = 'void')::int as voids,
    count(*) filter (where what = 'refund')::int as refunds,
    count(*) filter (where what = 'refused refund')::int as refused_refunds,
    count(*) filter (where what = 'contradiction')::int as contradictions
  from happened group by order_id, currency order by order_id, currency`

type Sums = Record<'authorized' | 'captured' | 'voided' | 'refunded', string>
type Counts = Record<'authorizations' | 'declines' | 'captures' | 'voids' | 'refunds', number>
type ChargesRow = Sums &
  Counts & { order_id: string; currency: string; refused_refunds: number; contradictions: number }

/** The whole ledger, one entry per order and currency, from the gateway's own database: for audits and tests. */
export const gatewayLedger = async (pool: Pool): Promise<readonly OrderCharges[]> => {
  const { rows } = await pool.query<ChargesRow>(CHARGES)
  return rows.map(({ order_id: orderId, refused_refunds: refusedRefunds, ...row }) => {
    const [captured, refunded] = [Number(row.captured), Number(row.refunded)]
    return {
      ...row,
      orderId,
      refusedRefunds,
      authorized: Number(row.authorized),
      captured,
      voided: Number(row.voided),
      refunded,
      netCharge: captured - refunded,
    }
  })
}
