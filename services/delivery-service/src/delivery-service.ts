import { randomUUIDv7 } from 'node:crypto'
import type { EventData } from '@stocker/contracts'
import type { CommandBus, CommandMeta, CommandResult, EventStore, UnitOfWork } from '@stocker/cqrs'
import type { Courier } from './courier.ts'
import type { Delivery } from './delivery.ts'
import { delivery } from './delivery.ts'

/** The commands and queries that the rest of the world may call. */
export class DeliveryService {
  readonly #commands: CommandBus
  readonly #store: EventStore
  readonly #courier: Courier
  readonly #now: () => Date
  readonly #newId: () => string

  constructor(parts: {
    readonly commands: CommandBus
    readonly store: EventStore
    readonly courier: Courier
    readonly now?: () => Date
    readonly newId?: () => string
  }) {
    this.#commands = parts.commands
    this.#store = parts.store
    this.#courier = parts.courier
    this.#now = parts.now ?? (() => new Date())
    this.#newId = parts.newId ?? randomUUIDv7
  }

  /** Takes over a parcel. The courier is called after the commit, by the intent that this stores. */
  schedule(unit: UnitOfWork, { orderId, shippingAddress }: EventData<'OrderDispatchedEvent'>): void {
    const { name: courier } = this.#courier
    unit.execute(delivery, orderId, {
      type: 'Schedule',
      data: { orderId, courier, trackingNumber: this.#courier.trackingNumber(orderId), shippingAddress },
    })
  }

  /** Records by hand that the parcel was handed over now. */
  recordDelivery(
    orderId: string,
    receivedBy: string,
    context: Omit<CommandMeta, 'correlationId'> = {},
  ): Promise<CommandResult<Delivery>> {
    return this.#commands.execute(
      delivery,
      orderId,
      {
        type: 'RecordDelivery',
        data: {
          orderId,
          deliveredAt: this.#now().toISOString(),
          proof: { receivedBy, proofId: `manual-${this.#newId()}` },
        },
      },
      { correlationId: orderId, ...context },
    )
  }

  async find(orderId: string): Promise<Delivery | undefined> {
    const { state } = await this.#store.load(delivery, orderId)
    return state.status === 'NONE' ? undefined : state
  }
}
