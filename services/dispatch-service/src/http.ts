import { problem } from '@stocker/service-kit'
import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import type { DispatchService } from './dispatch-service.ts'
import { DISPATCH_STATUSES } from './dispatch.ts'

const Sku = Type.String({ minLength: 1, maxLength: 64 })
const StockView = Type.Object({
  sku: Type.String(),
  onHand: Type.Integer(),
  reserved: Type.Integer(),
  available: Type.Integer(),
})
const Adjustment = Type.Object(
  {
    quantity: Type.Integer({
      minimum: -1_000_000,
      maximum: 1_000_000,
      description: 'pieces that came in; negative: pieces that are gone',
    }),
    reason: Type.String({ minLength: 1, maxLength: 200 }),
  },
  { additionalProperties: false },
)
const DispatchView = Type.Object({
  orderId: Type.String(),
  status: Type.Enum(DISPATCH_STATUSES),
  lines: Type.Array(Type.Object({ sku: Type.String(), quantity: Type.Integer() })),
  dispatchedAt: Type.Optional(Type.String()),
})
const IdempotencyKey = Type.Object({ 'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 255 })) })

const REJECTION_STATUS: Readonly<Record<string, number>> = { IDEMPOTENCY_KEY_REUSED: 409, INSUFFICIENT_STOCK: 409 }

export const routes =
  (service: DispatchService) =>
  (app: HttpApp): void => {
    app.get(
      '/api/stock',
      { schema: { summary: 'All stock levels', response: { 200: Type.Object({ stock: Type.Array(StockView) }) } } },
      async () => ({ stock: [...(await service.queries.allStock())] }),
    )

    app.get(
      '/api/stock/:sku',
      {
        schema: {
          summary: 'On hand, reserved and available pieces of one SKU',
          params: Type.Object({ sku: Sku }),
          response: { 200: StockView },
        },
      },
      async ({ params: { sku } }) => {
        const level = await service.queries.stock(sku)
        if (level === undefined) throw problem('STOCK_NOT_FOUND', 404, `no stock of ${sku} was ever recorded`)
        return level
      },
    )

    app.post(
      '/api/stock/:sku/adjustments',
      {
        schema: {
          summary: 'Goods came in, were counted or were lost',
          description: 'Repeat a request safely with the same Idempotency-Key.',
          headers: IdempotencyKey,
          params: Type.Object({ sku: Sku }),
          body: Adjustment,
          response: { 200: StockView },
        },
      },
      async ({ params: { sku }, body, headers }) => {
        const result = await service.adjustStock(sku, body, headers['idempotency-key'])
        if (result.status === 'rejected') {
          const { rejected, message, details } = result.rejection
          throw problem(rejected, REJECTION_STATUS[rejected] ?? 422, message, details)
        }
        return (await service.queries.stock(sku)) ?? { sku, onHand: 0, reserved: 0, available: 0 }
      },
    )

    app.get(
      '/api/dispatches/:orderId',
      {
        schema: {
          summary: 'The dispatch of one order',
          params: Type.Object({ orderId: Type.String({ minLength: 1, maxLength: 100 }) }),
          response: { 200: DispatchView },
        },
      },
      async ({ params: { orderId } }) => {
        const found = await service.queries.dispatch(orderId)
        if (found === undefined) throw problem('DISPATCH_NOT_FOUND', 404, `there is no dispatch for order ${orderId}`)
        return { ...found, lines: [...found.lines] }
      },
    )
  }
