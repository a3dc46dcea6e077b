import { randomUUIDv7 } from 'node:crypto'
import type { EventData } from '@stocker/contracts'
import type { CommandBus, CommandMeta, CommandResult, EventStore, RejectionOf, UnitOfWork } from '@stocker/cqrs'
import type { Courier, CourierReport } from './courier.ts'
import type { CourierCall } from './courier-call.ts'
import { callInHand } from './courier-call.ts'
import type { Delivery, DeliveryAggregate } from './delivery.ts'
import type { DeliveryCommands } from './delivery-messages.ts'

type DeliveryResult = CommandResult<Delivery, RejectionOf<DeliveryAggregate>>
type Context = Omit<CommandMeta, 'correlationId'>

/** The commands and queries that the rest of the world may call. */
export class DeliveryService {
  readonly #delivery: DeliveryAggregate
  readonly #commands: CommandBus
  readonly #store: EventStore
  readonly #courier: Courier
  readonly #now: () => Date
  readonly #newId: () => string

  constructor(parts: {
    readonly delivery: DeliveryAggregate
    readonly commands: CommandBus
    readonly store: EventStore
    readonly courier: Courier
    readonly now?: () => Date
    readonly newId?: () => string
  }) {
    this.#delivery = parts.delivery
    this.#commands = parts.commands
    this.#store = parts.store
    this.#courier = parts.courier
    this.#now = parts.now ?? (() => new Date())
    this.#newId = parts.newId ?? randomUUIDv7
  }

  /** Takes over a parcel. The courier is called after the commit, by the intent that this stores. */
  schedule(unit: UnitOfWork, { orderId, shippingAddress }: EventData<'OrderDispatchedEvent'>): void {
    const { name: courier } = this.#courier
    unit.execute(this.#delivery, orderId, {
      type: 'Schedule',
      data: { orderId, courier, trackingNumber: this.#courier.trackingNumber(orderId), shippingAddress },
    })
  }

  /** The order is cancelled: the parcel comes back, unless it is on its way to the customer. */
  recall(unit: UnitOfWork, { orderId, reason }: EventData<'OrderCancelledEvent'>): void {
    unit.execute(this.#delivery, orderId, { type: 'Recall', data: { orderId, reason } })
  }

  /** The customer sends the parcel back: the courier fetches it. */
  requestReturn(unit: UnitOfWork, { orderId, reason }: EventData<'OrderReturnRequestedEvent'>): void {
    unit.execute(this.#delivery, orderId, { type: 'RequestReturn', data: { orderId, reason } })
  }

  /** The courier says what happened to a parcel. */
  report(report: DeliveryCommands['Report'], context: Context = {}): Promise<DeliveryResult> {
    const { orderId } = report
    return this.#commands.execute(
      this.#delivery,
      orderId,
      { type: 'Report', data: report },
      { correlationId: orderId, ...context },
    )
  }

  /** Somebody records what happened to a parcel just now; `reportOf` gets the time and a number for a proof. */
  reportByHand(
    orderId: string,
    reportOf: (at: string, proofId: string) => CourierReport,
    context: Context = {},
  ): Promise<DeliveryResult> {
    const report = reportOf(this.#now().toISOString(), `manual-${this.#newId()}`)
    return this.report({ orderId, reports: [report] }, context)
  }

  async find(orderId: string): Promise<Delivery | undefined> {
    const { state } = await this.#store.load(this.#delivery, orderId)
    return state.status === 'NONE' ? undefined : state
  }

  /** What the courier has to do now with the parcel of an order; null: nothing. */
  async courierCall(orderId: string): Promise<CourierCall | null> {
    const { state } = await this.#store.load(this.#delivery, orderId)
    return callInHand(state)
  }
}
