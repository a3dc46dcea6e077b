import type { EventData, EventName } from '@stocker/contracts'
import type { InboxMessage, MessageHandlers } from '@stocker/cqrs'
import type { DispatchService } from './dispatch-service.ts'

const dataOf = <N extends EventName>(message: InboxMessage) => message.data as EventData<N>

/** Which event becomes which command. */
export class DispatchEventConsumer {
  readonly handlers: MessageHandlers

  constructor(service: DispatchService) {
    this.handlers = {
      OrderCreatedEvent: (message, unit) => service.reserve(unit, dataOf<'OrderCreatedEvent'>(message)),
      OrderCancelledEvent: (message, unit) => service.release(unit, dataOf<'OrderCancelledEvent'>(message)),
      PaymentProcessedEvent: (message, unit) => service.ship(unit, dataOf<'PaymentProcessedEvent'>(message)),
      DeliveryReturnedEvent: (message, unit) => service.restock(unit, dataOf<'DeliveryReturnedEvent'>(message)),
    }
  }
}
