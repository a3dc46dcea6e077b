import type { EventData, EventName } from '@stocker/contracts'
import type { InboxMessage, MessageHandlers, UnitOfWork } from '@stocker/cqrs'
import type { ParcelFact, PaymentFact } from './order-facts.ts'
import type { OrderService } from './order-service.ts'

/** Which event becomes which command. What it means for the fate of the order, the OrderFulfilmentSaga decides after that. */
export class OrderEventConsumer {
  readonly handlers: MessageHandlers

  constructor(service: OrderService) {
    this.handlers = {
      CartCheckedOutEvent: on<'CartCheckedOutEvent'>((data, unit) => service.createFromCart(unit, data)),
      ProductListedEvent: on<'ProductListedEvent'>((data, unit) => service.catalogue.list(unit, data)),
      ProductPriceChangedEvent: on<'ProductPriceChangedEvent'>((data, unit) =>
        service.catalogue.changePrice(unit, data),
      ),
      ProductDelistedEvent: on<'ProductDelistedEvent'>((data, unit) => service.catalogue.delist(unit, data)),

      PaymentFailedEvent: payment<'PaymentFailedEvent'>(service, ({ reason, message }) => ({
        status: 'FAILED',
        reason: `${reason}: ${message}`,
      })),
      PaymentCapturedEvent: payment<'PaymentCapturedEvent'>(service, ({ amount }) => ({
        status: 'CAPTURED',
        captured: amount,
      })),
      PaymentVoidedEvent: payment<'PaymentVoidedEvent'>(service, ({ reason }) => ({ status: 'VOIDED', reason })),
      PaymentRefundedEvent: payment<'PaymentRefundedEvent'>(service, ({ captured, totalRefunded, reason }) => ({
        status: totalRefunded.amount === captured.amount ? 'REFUNDED' : 'PARTLY_REFUNDED',
        captured,
        refunded: totalRefunded,
        reason,
      })),
      PaymentRefundFailedEvent: payment<'PaymentRefundFailedEvent'>(service, ({ message }) => ({
        status: 'REFUND_FAILED',
        reason: message,
      })),

      DeliveryScheduledEvent: parcel<'DeliveryScheduledEvent'>(service, ({ courier, trackingNumber }) => ({
        status: 'SCHEDULED',
        courier,
        trackingNumber,
      })),
      OrderOutForDeliveryEvent: parcel<'OrderOutForDeliveryEvent'>(service, ({ attempt }) => ({
        status: 'OUT_FOR_DELIVERY',
        attempts: attempt,
      })),
      DeliveryAttemptFailedEvent: parcel<'DeliveryAttemptFailedEvent'>(service, (failed) => ({
        status: 'ATTEMPT_FAILED',
        attempts: failed.attempt,
        reason: failed.reason,
        ...(failed.nextAttemptAt !== undefined && { nextAttemptAt: failed.nextAttemptAt }),
      })),
      DeliveryReturnedEvent: parcel<'DeliveryReturnedEvent'>(service, ({ reason }) => ({ status: 'RETURNED', reason })),
      DeliveryLostEvent: parcel<'DeliveryLostEvent'>(service, ({ reason }) => ({ status: 'LOST', reason })),
    }
  }
}

type Handle = (message: InboxMessage, unit: UnitOfWork) => void

const on =
  <N extends EventName>(handle: (data: EventData<N>, unit: UnitOfWork) => void): Handle =>
  (message, unit) =>
    handle(message.data as EventData<N>, unit)

type OfOrder = { readonly orderId: string }

const payment = <N extends EventName>(service: OrderService, factOf: (data: EventData<N> & OfOrder) => PaymentFact) =>
  on<N>((data, unit) => service.notePayment(unit, (data as OfOrder).orderId, factOf(data as EventData<N> & OfOrder)))

const parcel = <N extends EventName>(service: OrderService, factOf: (data: EventData<N> & OfOrder) => ParcelFact) =>
  on<N>((data, unit) => service.noteParcel(unit, (data as OfOrder).orderId, factOf(data as EventData<N> & OfOrder)))
