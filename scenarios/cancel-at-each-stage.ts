import type { Scenario } from '@stocker/platform'
import { expectThat, openBackOffice } from './shop/back-office.ts'
import { expectRefusal } from './shop/http.ts'
import { openShop } from './shop/shop.ts'

export const scenario: Scenario = {
  name: 'cancel-at-each-stage',
  description: 'The customer cancels before the payment, on the way out, at the door and after delivery',

  async run(context) {
    const shop = openShop(context)
    const office = openBackOffice(context)
    const sku = await office.launch('globe', 4_900, 4)
    const order = (line1: string, paymentToken = 'tok_ok') =>
      shop.placeOrder('demo', [{ sku, quantity: 1 }], { line1, paymentToken })

    /** 1 when the parcel was faster than the cancellation. */
    const piecesKept = async (orderId: string): Promise<number> => {
      const { status } = await shop.untilOneOf(orderId, ['CANCELLED', 'DELIVERED'])
      context.log(status === 'CANCELLED' ? 'the cancellation was faster' : 'the parcel was faster')
      return status === 'CANCELLED' ? 0 : 1
    }

    context.log('before the payment: the gateway is still asked, and what it holds is let go')
    const unpaid = await order('1 Market Street', 'tok_timeout')
    await shop.cancel(unpaid)
    await shop.until(unpaid, 'CANCELLED')
    await office.paymentOnce(unpaid, 'VOIDED')
    await office.stockOnce(sku, { onHand: 4, reserved: 0 })

    context.log('while it is paid and shipped: whoever dispatch hears first wins')
    const racing = await order('1 Market Street')
    await shop.cancel(racing).catch(expectRefusal('NOT_CANCELLABLE'))
    let sold = await piecesKept(racing)
    await office.stockOnce(sku, { onHand: 4 - sold, reserved: 0 })

    context.log('on its way to the customer: called back, if the courier has not set out with it')
    const shipped = await order('1 Market Street')
    await shop.until(shipped, 'DISPATCHED')
    await shop.cancel(shipped).catch(expectRefusal('NOT_CANCELLABLE'))
    sold += await piecesKept(shipped)
    await office.stockOnce(sku, { onHand: 4 - sold, reserved: 0 })

    context.log('at the door: refused, it goes on')
    const outside = await order('7 Hill absent')
    await shop.untilAttempted(outside)
    await shop.cancel(outside).then(unexpected, expectRefusal('NOT_CANCELLABLE'))
    await shop.until(outside, 'RETURNED')
    await office.paymentOnce(outside, 'REFUNDED')

    context.log('after delivery: refused, it is sent back instead')
    const delivered = await order('1 Market Street')
    const { total } = await shop.until(delivered, 'DELIVERED')
    await shop.cancel(delivered).then(unexpected, expectRefusal('NOT_CANCELLABLE'))
    await shop.sendBack(delivered, 'CHANGED_MIND')
    await shop.until(delivered, 'RETURNED')
    const payment = await office.paymentOnce(delivered, 'REFUNDED')
    expectThat(`what was given back for order ${delivered}`, payment.refunded?.amount, total.amount)
    await office.stockOnce(sku, { onHand: 4 - sold, reserved: 0 })
  },
}

const unexpected = (): never => {
  throw new Error('the cancellation was accepted')
}
