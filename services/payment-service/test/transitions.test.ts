import { describe, expect, it } from 'vitest'
import { arrowsDrawn, arrowsMade, deadlinesMissing, reachableFrom } from '../../../test/transition-walk.ts'
import { payment } from '../src/payment/payment.ts'
import { PAYMENT_OWNERS, PAYMENT_STATUSES, PAYMENT_TRANSITIONS } from '../src/payment/payment-status.ts'
import { commands } from './payment-story.ts'

const COMMANDS = [
  commands.request,
  commands.authorized(),
  commands.declined(),
  commands.capture(),
  commands.capture(1000),
  commands.captured(),
  commands.captured('cap-2'),
  commands.reverse(),
  commands.voided(),
  commands.refund(),
  commands.refund(500),
  commands.refunded(),
  commands.refunded(1, 2),
  commands.refundRefused(),
  commands.retryRefund,
].map(({ type, data }) => [type, data] as const)

describe('the transition table of a payment', () => {
  it('leads from NONE to every known state and to no other', () => {
    expect(reachableFrom('NONE', PAYMENT_TRANSITIONS)).toEqual([...PAYMENT_STATUSES].sort())
  })

  it('has exactly the arrows that the commands make', () => {
    expect(arrowsMade(payment, COMMANDS)).toEqual(arrowsDrawn(PAYMENT_TRANSITIONS))
  })

  it('has the deadlines that its table of owners names', () => {
    expect(deadlinesMissing(payment, COMMANDS, PAYMENT_OWNERS)).toEqual([])
    expect(PAYMENT_OWNERS.REFUND_FAILED).toEqual({ deadline: 'RetryRefund' })
  })
})
