/** Pieces of one product. */
export interface Pieces {
  readonly sku: string
  readonly quantity: number
}

/** An order as order-service shows it. */
export interface OrderRow {
  readonly orderId: string
  readonly status: string
  /** Minor units, as are all amounts here. */
  readonly total: number
}

/** An OrderCreatedEvent, or a CartCheckedOutEvent. */
export interface PlacedRow {
  readonly orderId: string
  readonly cartId: string | null
  readonly total: number
  readonly lines: readonly Pieces[]
}

/** What the gateway's ledger has for one order. */
export interface ChargeRow {
  readonly orderId: string
  readonly authorizations: number
  readonly authorized: number
  /** Of `authorized`, what was let go again. */
  readonly voided: number
  readonly captured: number
  readonly refunded: number
  /** The same three, summed up from the single movements. */
  readonly movements: { readonly voided: number; readonly captured: number; readonly refunded: number }
}

/** What payment-service says it did for one order, by its events. */
export interface PaymentRow {
  readonly orderId: string
  readonly authorized: number
  readonly captured: number
  readonly refunded: number
}

/** Of one order and product, by the movements of the stock. */
export interface MovedRow {
  readonly orderId: string
  readonly sku: string
  readonly reserved: number
  readonly sold: number
  readonly released: number
  readonly returned: number
}

/** How often dispatch-service said each. */
export interface DispatchRow {
  readonly orderId: string
  readonly dispatched: number
  readonly rejected: number
  readonly released: number
  readonly returned: number
}

/** How often delivery-service said each. */
export interface DeliveryRow {
  readonly orderId: string
  readonly delivered: number
  readonly returned: number
  readonly lost: number
}

export interface StockRow {
  readonly sku: string
  readonly onHand: number
  readonly reserved: number
  /** Sum of the adjustments, the opening stock among them. */
  readonly adjusted: number
}

export interface SagaRow {
  readonly saga: string
  readonly id: string
  readonly deadlines: number
}

export interface DeadlineRow {
  readonly service: string
  /** `saga:<name>` or `aggregate:<name>` */
  readonly scope: string
  readonly id: string
  readonly name: string
  /** 0 when it is not due yet. */
  readonly overdueMs: number
  readonly lastError: string | null
}

export interface CallRow {
  readonly service: string
  readonly key: string
  readonly attempts: number
  readonly lastError: string | null
}

/** A row of a read model that is not as its stream says. */
export interface StaleRow {
  readonly service: string
  readonly table: string
  readonly key: string
  readonly text: string
}

/** What all services and the gateway have written down, as far as it must agree. */
export interface Books {
  readonly orders: readonly OrderRow[]
  readonly created: readonly PlacedRow[]
  readonly checkedOut: readonly PlacedRow[]
  readonly charges: readonly ChargeRow[]
  readonly payments: readonly PaymentRow[]
  readonly dispatches: readonly DispatchRow[]
  readonly moved: readonly MovedRow[]
  readonly deliveries: readonly DeliveryRow[]
  readonly stock: readonly StockRow[]
  /** That have not ended. */
  readonly sagas: readonly SagaRow[]
  readonly deadlines: readonly DeadlineRow[]
  readonly calls: readonly CallRow[]
  readonly stale: readonly StaleRow[]
}
