import type { EventData } from '@stocker/contracts'
import type { InboxMessage, MessageHandlers } from '@stocker/cqrs'
import type { DispatchService } from './dispatch-service.ts'

const dataOf = <N extends 'OrderCreatedEvent' | 'OrderCancelledEvent' | 'PaymentProcessedEvent'>(
  message: InboxMessage,
) => message.data as EventData<N>

/** Which event becomes which command. */
export class DispatchEventConsumer {
  readonly handlers: MessageHandlers

  constructor(service: DispatchService) {
    this.handlers = {
      OrderCreatedEvent: (message, unit) => service.reserve(unit, dataOf<'OrderCreatedEvent'>(message)),
      PaymentProcessedEvent: (message, unit) => service.ship(unit, dataOf<'PaymentProcessedEvent'>(message).orderId),
      OrderCancelledEvent: (message, unit) => {
        const { orderId, reason } = dataOf<'OrderCancelledEvent'>(message)
        service.release(unit, orderId, reason)
      },
    }
  }
}
