import type { Static, TSchema } from 'typebox'
import { Type } from 'typebox'

/** A schema's static type, readonly all the way down: event data is never changed once it exists. */
export type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Immutable<T[Key]> }
    : T

/** Annotation keyword of a field that says something about a person; whoever shows or logs events masks by it. */
export const PERSONAL = 'x-personal'

/** True for a field that is marked as personal. */
export function isPersonal(schema: TSchema): boolean {
  return (schema as Readonly<Record<string, unknown>>)[PERSONAL] === true
}

const personal = { [PERSONAL]: true } as const

/** Identifier of an aggregate or of something at a partner: 1 to 100 characters unless said otherwise. */
export function identifier(description: string, maxLength = 100) {
  return Type.String({ minLength: 1, maxLength, description })
}

/** Ids of other things are made from these (`payment-<orderId>`) and must still fit into an identifier. */
const LEADING_ID_LENGTH = 64

/** ISO 8601 in UTC with milliseconds, e.g. 2026-03-01T12:30:00.000Z. Readers also take every form that Jackson writes. */
export function timestamp(description: string) {
  return Type.String({ format: 'date-time', description })
}

/** Why something happened, as a code that readers may show or count; other codes than today's may come. */
export function reasonCode(example: string) {
  return Type.String({ minLength: 1, maxLength: 100, description: `Code, e.g. ${example}` })
}

export const OrderId = identifier('The order', LEADING_ID_LENGTH)
export const CartId = identifier('The cart', LEADING_ID_LENGTH)
export const CustomerId = identifier('The customer, by a number that only the shop can resolve')

export const Sku = Type.String({ minLength: 1, maxLength: 64, description: 'Stock keeping unit' })
export const ProductName = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'Name of the product when it was chosen',
})
export const Quantity = Type.Integer({ minimum: 1, maximum: 1000, description: 'Pieces' })

export const Money = Type.Object(
  {
    // Beyond 2^53 a JSON number no longer names one amount.
    amount: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Minor units, e.g. cents' }),
    currency: Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217' }),
  },
  { description: 'An amount of money in minor units' },
)
export type Money = Immutable<Static<typeof Money>>

export const OrderLine = Type.Object(
  { sku: Sku, name: ProductName, quantity: Quantity, unitPrice: Money },
  { description: 'One product of an order, at the price of its catalogue entry' },
)
export type OrderLine = Immutable<Static<typeof OrderLine>>

/** Several order lines of one sku may be summed up here: more than one line's quantity is possible. */
export const StockLine = Type.Object(
  { sku: Sku, quantity: Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'Pieces' }) },
  { description: 'Pieces of one sku' },
)
export type StockLine = Immutable<Static<typeof StockLine>>

export const Address = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200, description: 'Who receives it', ...personal }),
    line1: Type.String({ minLength: 1, maxLength: 200, description: 'Street and number', ...personal }),
    city: Type.String({ minLength: 1, maxLength: 100, ...personal }),
    postalCode: Type.String({ minLength: 1, maxLength: 20, ...personal }),
    country: Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2' }),
  },
  { description: 'Where it is sent', ...personal },
)
export type Address = Immutable<Static<typeof Address>>

export const PaymentToken = Type.String({
  minLength: 1,
  maxLength: 200,
  description: "The gateway's token for the customer's means of payment",
  ...personal,
})

/** What a customer wrote: it may say anything about anybody. */
export const FreeText = Type.String({ description: 'More about the reason, for a reader', ...personal })

/** Name of the person who took the parcel. */
export const ReceivedBy = Type.String({ minLength: 1, maxLength: 200, description: 'Who took it', ...personal })
