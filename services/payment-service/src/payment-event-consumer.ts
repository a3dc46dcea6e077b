import type { EventData } from '@stocker/contracts'
import type { MessageHandlers } from '@stocker/cqrs'
import type { PaymentService } from './payment-service.ts'

/** Which event becomes which command. */
export class PaymentEventConsumer {
  readonly handlers: MessageHandlers

  constructor(service: PaymentService) {
    this.handlers = {
      OrderCreatedEvent: (message, unit) => service.request(unit, message.data as EventData<'OrderCreatedEvent'>),
    }
  }
}
