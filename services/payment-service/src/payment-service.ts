import type { EventData } from '@stocker/contracts'
import type { CommandBus, CommandMeta, CommandOf, EventStore, ResultOf, UnitOfWork } from '@stocker/cqrs'
import { payment } from './payment/payment.ts'
import type { Payment, PaymentCommands } from './payment/payment-state.ts'

type Meta = Omit<CommandMeta, 'correlationId'>

/** The commands and queries that the rest of the world may call. The gateway is called after the commit, by the intents that they store. */
export class PaymentService {
  readonly #store: EventStore
  readonly #commands: CommandBus

  constructor(parts: { readonly store: EventStore; readonly commands: CommandBus }) {
    this.#store = parts.store
    this.#commands = parts.commands
  }

  /** Asks for the order's total. */
  request(unit: UnitOfWork, { orderId, total, paymentToken }: EventData<'OrderCreatedEvent'>): void {
    unit.execute(payment, orderId, { type: 'Request', data: { orderId, amount: total, paymentToken } })
  }

  /** Takes the money of an order that was shipped. Throws while another movement is under way: the event comes again then. */
  capture(unit: UnitOfWork, orderId: string): void {
    const { rejection } = unit.execute(payment, orderId, { type: 'Capture', data: { orderId } })
    if (rejection !== undefined) throw new Error(rejection.message)
  }

  /** Gives back all the money of an order that was not shipped, came back or was lost. */
  reverse(unit: UnitOfWork, orderId: string, reason: string): void {
    unit.execute(payment, orderId, { type: 'Reverse', data: { orderId, reason } })
  }

  /** An operator gives money back. */
  refund(
    orderId: string,
    asked: Omit<PaymentCommands['Refund'], 'orderId'>,
    meta: Meta,
  ): Promise<ResultOf<typeof payment>> {
    return this.#execute(orderId, { type: 'Refund', data: { orderId, ...asked } }, meta)
  }

  /** An operator does not wait for the time at which a refused refund is asked for again. */
  retryRefund(orderId: string, meta: Meta): Promise<ResultOf<typeof payment>> {
    return this.#execute(orderId, { type: 'RetryRefund', data: { orderId } }, meta)
  }

  async find(orderId: string): Promise<Payment | undefined> {
    const { state } = await this.#store.load(payment, orderId)
    return state.status === 'NONE' ? undefined : state
  }

  #execute(orderId: string, command: CommandOf<typeof payment>, meta: Meta) {
    return this.#commands.execute(payment, orderId, command, { correlationId: orderId, ...meta })
  }
}
