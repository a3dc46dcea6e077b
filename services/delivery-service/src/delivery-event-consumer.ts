import type { EventData, EventName } from '@stocker/contracts'
import type { InboxMessage, MessageHandlers } from '@stocker/cqrs'
import type { DeliveryService } from './delivery-service.ts'

const dataOf = <N extends EventName>(message: InboxMessage) => message.data as EventData<N>

/** Which event becomes which command. */
export class DeliveryEventConsumer {
  readonly handlers: MessageHandlers

  constructor(service: DeliveryService) {
    this.handlers = {
      OrderDispatchedEvent: (message, unit) => service.schedule(unit, dataOf<'OrderDispatchedEvent'>(message)),
      OrderCancelledEvent: (message, unit) => service.recall(unit, dataOf<'OrderCancelledEvent'>(message)),
      OrderReturnRequestedEvent: (message, unit) =>
        service.requestReturn(unit, dataOf<'OrderReturnRequestedEvent'>(message)),
    }
  }
}
