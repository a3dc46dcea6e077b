import { Address } from '@stocker/contracts'
import { Type } from 'typebox'
import { PARCEL_FACTS, PAYMENT_FACTS } from './order-facts.ts'
import { ORDER_STATUSES } from './order-status.ts'

const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength })
const Status = Type.Enum(ORDER_STATUSES)
const Money = Type.Object({ amount: Type.Integer(), currency: Type.String() })

export const OrderRequest = Type.Object(
  {
    customerId: Text(100),
    lines: Type.Array(
      Type.Object(
        { sku: Text(64), quantity: Type.Integer({ minimum: 1, maximum: 1000 }) },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 100 },
    ),
    shippingAddress: Type.Object(Address.properties, { additionalProperties: false }),
    paymentToken: Text(100),
    expectedTotal: Type.Optional(
      Type.Object(Money.properties, {
        additionalProperties: false,
        description: 'what the customer was shown; another total is refused as PRICE_CHANGED',
      }),
    ),
  },
  { additionalProperties: false },
)

export const Accepted = Type.Object({ orderId: Type.String(), status: Status })
export const Wish = Type.Object(
  {
    reason: Type.String({ minLength: 1, maxLength: 100, default: 'CUSTOMER_REQUEST', description: 'a code' }),
    detail: Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: 'more, for a reader' })),
  },
  { additionalProperties: false },
)

export const OrderView = Type.Object({
  orderId: Type.String(),
  customerId: Type.String(),
  status: Status,
  version: Type.Integer({ description: 'steps that the order has taken; also the ETag' }),
  lines: Type.Array(
    Type.Object({ sku: Type.String(), name: Type.String(), quantity: Type.Integer(), unitPrice: Money }),
  ),
  total: Money,
  shippingAddress: Address,
  payment: Type.Object({
    status: Type.Enum(PAYMENT_FACTS),
    authorized: Money,
    captured: Money,
    refunded: Money,
    reason: Type.Optional(Type.String()),
  }),
  parcels: Type.Array(
    Type.Object({
      status: Type.Enum(PARCEL_FACTS),
      courier: Type.Optional(Type.String()),
      trackingNumber: Type.Optional(Type.String()),
      attempts: Type.Optional(Type.Integer()),
      nextAttemptAt: Type.Optional(Type.String()),
      reason: Type.Optional(Type.String()),
    }),
  ),
  history: Type.Array(Type.Object({ status: Status, at: Type.String(), reason: Type.Optional(Type.String()) })),
})
export const Dashboard = Type.Object({
  orders: Type.Record(Status, Type.Integer()),
})
export const Page = Type.Object({
  orders: Type.Array(
    Type.Object({
      orderId: Type.String(),
      customerId: Type.String(),
      status: Status,
      total: Money,
      createdAt: Type.String(),
      updatedAt: Type.String(),
    }),
  ),
  next: Type.Optional(Type.String()),
})

export const OrderId = Type.Object({ id: Text(100) })
export const IdempotencyKey = Type.Object({ 'idempotency-key': Type.Optional(Type.String()) })
export const Repeatable = Type.Object({
  ...IdempotencyKey.properties,
  'if-match': Type.Optional(Type.String({ description: 'the ETag of the order as the caller has seen it' })),
})
export const Wait = Type.Object({
  wait: Type.Optional(Status),
  timeout: Type.Optional(
    Type.String({ description: 'how long to wait at most, as 10s or 500ms; 60s at most', default: '10s' }),
  ),
})
export const Filter = Type.Object({
  customerId: Type.Optional(Text(100)),
  status: Type.Optional(Status),
  after: Type.Optional(Text(300)),
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
})
