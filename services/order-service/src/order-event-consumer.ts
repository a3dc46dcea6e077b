import type { EventData, EventName } from '@stocker/contracts'
import type { InboxMessage, MessageHandlers } from '@stocker/cqrs'
import type { OrderService } from './order-service.ts'

const dataOf = <N extends EventName>(message: InboxMessage) => message.data as EventData<N>

/** Which event becomes which command. */
export class OrderEventConsumer {
  readonly handlers: MessageHandlers

  constructor(service: OrderService) {
    this.handlers = {
      CartCheckedOutEvent: (message, unit) => service.createFromCart(unit, dataOf<'CartCheckedOutEvent'>(message)),
      PaymentProcessedEvent: (message, unit) =>
        service.advance(unit, dataOf<'PaymentProcessedEvent'>(message).orderId, 'Confirm'),
      PaymentFailedEvent: (message, unit) => {
        const { orderId, reason, message: detail } = dataOf<'PaymentFailedEvent'>(message)
        service.cancel(unit, orderId, `PAYMENT_${reason}`, detail)
      },
      StockRejectedEvent: (message, unit) => {
        const { orderId, shortages } = dataOf<'StockRejectedEvent'>(message)
        service.cancel(unit, orderId, 'OUT_OF_STOCK', shortages.map(({ sku }) => sku).join(', '))
      },
      OrderDispatchedEvent: (message, unit) =>
        service.advance(unit, dataOf<'OrderDispatchedEvent'>(message).orderId, 'MarkDispatched'),
      OrderDeliveredEvent: (message, unit) => {
        const { orderId, deliveredAt } = dataOf<'OrderDeliveredEvent'>(message)
        service.complete(unit, orderId, deliveredAt)
      },
      ProductListedEvent: (message, unit) => service.catalogue.list(unit, dataOf<'ProductListedEvent'>(message)),
      ProductPriceChangedEvent: (message, unit) =>
        service.catalogue.changePrice(unit, dataOf<'ProductPriceChangedEvent'>(message)),
      ProductDelistedEvent: (message, unit) => service.catalogue.delist(unit, dataOf<'ProductDelistedEvent'>(message)),
    }
  }
}
