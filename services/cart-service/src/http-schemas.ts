import { Money as ContractMoney, Sku } from '@stocker/contracts'
import { Type } from 'typebox'

/** Of request bodies: nothing but what is named. */
export const closed = { additionalProperties: false } as const

export const Text = Type.String({ minLength: 1, maxLength: 100 })
/** In answers. */
export const Money = Type.Object({ amount: Type.Integer(), currency: Type.String() })
/** In requests. */
export const GivenMoney = Type.Object(ContractMoney.properties, closed)
export const SkuPath = Type.Object({ sku: Sku })

export const IdempotencyKey = Type.Object({ 'idempotency-key': Type.Optional(Type.String()) })
export const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({ description: 'ETag of the answer that the change rests on; left out, any version will do' }),
  ),
})

export const REPEATABLE = 'Repeat a request safely with the same Idempotency-Key.'
