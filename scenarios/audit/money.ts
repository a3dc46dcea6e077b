import type { Difference } from './difference.ts'
import { findings } from './difference.ts'
import type { OrderFile } from './order-file.ts'

/** What the customer has paid in the end: nothing, or the total less what was given back on request. */
const netCharge = ({ order, payment }: OrderFile): number | null => {
  switch (order?.status) {
    case 'DELIVERED':
      return order.total - payment.refunded
    case 'CANCELLED':
    case 'RETURNED':
    case 'LOST':
      return 0
    default:
      return null
  }
}

/** Between the gateway, payment-service and the order: what was held, taken and given back. */
export const moneyDifferences = (file: OrderFile): readonly Difference[] => {
  const { orderId, charge, payment } = file
  const { expect, report, found } = findings(`order ${orderId}`)
  if (charge.authorizations > 1)
    report('AUTHORIZED_TWICE', `the gateway holds ${charge.authorizations} authorisations, of ${charge.authorized}`)
  if (charge.captured > charge.authorized)
    report('OVER_CAPTURED', `${charge.captured} was taken of ${charge.authorized} that was authorised`)
  if (charge.refunded > charge.captured)
    report('OVER_REFUNDED', `${charge.refunded} was given back of ${charge.captured} that was taken`)

  for (const sum of ['authorized', 'captured', 'refunded'] as const)
    expect('LEDGERS_DIFFER', `${sum} by the payment's events`, payment[sum], charge[sum])
  for (const sum of ['voided', 'captured', 'refunded'] as const)
    expect('LEDGERS_DIFFER', `${sum} by the gateway's movements`, charge.movements[sum], charge[sum])

  const expected = netCharge(file)
  if (expected === null) return found
  const status = file.order?.status
  expect('NET_CHARGE', `the net charge of the ${status} order`, charge.captured - charge.refunded, expected)
  const held = charge.authorized - charge.captured - charge.voided
  if (held !== 0) report('MONEY_HELD', `${held} is held for the ${status} order`)
  return found
}
