import type { EventData } from '@stocker/contracts'
import type { MessageHandler, MessageHandlers } from '@stocker/cqrs'
import type { PaymentService } from './payment-service.ts'

type OrderData = { readonly orderId: string }

/** Which event becomes which command. Whether an order is shipped is believed of dispatch, not of the order. */
export class PaymentEventConsumer {
  readonly handlers: MessageHandlers

  constructor(service: PaymentService) {
    const reverse =
      (reason: string): MessageHandler =>
      (message, unit) =>
        service.reverse(unit, (message.data as OrderData).orderId, reason)
    this.handlers = {
      OrderCreatedEvent: (message, unit) => service.request(unit, message.data as EventData<'OrderCreatedEvent'>),
      OrderDispatchedEvent: (message, unit) => service.capture(unit, (message.data as OrderData).orderId),
      StockRejectedEvent: reverse('STOCK_REJECTED'),
      StockReleasedEvent: reverse('STOCK_RELEASED'),
      DeliveryReturnedEvent: reverse('DELIVERY_RETURNED'),
      DeliveryLostEvent: reverse('DELIVERY_LOST'),
    }
  }
}
