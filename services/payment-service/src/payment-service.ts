import type { EventData } from '@stocker/contracts'
import type { EventStore, UnitOfWork } from '@stocker/cqrs'
import type { Payment } from './payment.ts'
import { payment } from './payment.ts'

/** The commands and queries that the rest of the world may call. */
export class PaymentService {
  readonly #store: EventStore

  constructor(store: EventStore) {
    this.#store = store
  }

  /** Asks for the order's total. The gateway is called after the commit, by the intent that this stores. */
  request(unit: UnitOfWork, { orderId, total, paymentToken }: EventData<'OrderCreatedEvent'>): void {
    unit.execute(payment, orderId, { type: 'Request', data: { orderId, amount: total, paymentToken } })
  }

  async find(orderId: string): Promise<Payment | undefined> {
    const { state } = await this.#store.load(payment, orderId)
    return state.status === 'NONE' ? undefined : state
  }
}
