/** Everything that can be wrong with the books, and what it means. */
export const DIFFERENCES = {
  ORDER_NOT_ONCE: 'an order was created more than once, or without a first event',
  ORDER_MISSING: 'an order that a customer was told is taken is not there',
  UNKNOWN_ORDER: 'a service did something for an order that order-service does not know',
  CART_NOT_ORDERED: 'a cart was checked out, and its order is missing or another one',
  CART_NOT_CHECKED_OUT: 'an order names a cart that was not checked out for it',
  AUTHORIZED_TWICE: "the gateway authorised an order's money more than once",
  OVER_CAPTURED: 'the gateway took more than was authorised',
  OVER_REFUNDED: 'the gateway gave back more than it took',
  NET_CHARGE: 'what the customer paid in the end is not what the state of the order says',
  MONEY_HELD: 'the order is at its end, and money is still held at the gateway for it',
  LEDGERS_DIFFER: 'payment-service and the gateway, or the gateway and its own movements, tell different sums',
  NOT_ONE_OUTCOME: 'the services do not agree on exactly one end of the order',
  STOCK_OF_ORDER: 'the pieces moved for an order are not those that its state says',
  STOCK_OF_SKU: 'on hand and reserved are not the sum of the movements',
  ORDER_STRANDED: 'an order is not at its end, and no deadline watches over it',
  ORDER_OPEN: 'an order is not at its end, although everything was to have settled',
  SAGA_STRANDED: 'a saga has not ended and has no deadline',
  DEADLINE_OVERDUE: 'a deadline is due for more than a minute and was not fired',
  CALL_UNFINISHED: 'a call to the outside has no answer yet',
  READ_MODEL: 'a row of a read model is not as its stream says',
  TRAIL_EVENT: 'the trail of a case and the topics do not have the same events, each in one store',
  TRAIL_HANDLING: 'the trail of a case and the topics do not tell the same of who handled which record',
  TRAIL_EFFECT: 'what the trail says an event made of a row is not what the row is',
  TRAIL_CALL: 'what the trail says of a call to the outside is not what its row and the books of whom it is to say',
} as const satisfies Record<string, string>
export type DifferenceKind = keyof typeof DIFFERENCES

export interface Difference {
  readonly kind: DifferenceKind
  /** What it is about: `order <id>`, `sku <id>`, … */
  readonly about: string
  /** What is, and what was expected. */
  readonly text: string
}

/** Of one thing: collects what is not as expected. */
export const findings = (about: string) => {
  const found: Difference[] = []
  const report = (kind: DifferenceKind, text: string): void => {
    found.push({ kind, about, text })
  }
  return {
    report,
    expect: (kind: DifferenceKind, what: string, actual: unknown, expected: unknown): void => {
      if (actual !== expected) report(kind, `${what} is ${actual}, expected ${expected}`)
    },
    found: found as readonly Difference[],
  }
}

export const sentenceOf = ({ kind, about, text }: Difference): string => `${kind} ${about}: ${text}`
