import type { EventData } from '@stocker/contracts'
import type { MessageHandlers } from '@stocker/cqrs'
import type { DeliveryService } from './delivery-service.ts'

/** Which event becomes which command. */
export class DeliveryEventConsumer {
  readonly handlers: MessageHandlers

  constructor(service: DeliveryService) {
    this.handlers = {
      OrderDispatchedEvent: (message, unit) =>
        service.schedule(unit, message.data as EventData<'OrderDispatchedEvent'>),
    }
  }
}
