import type { HttpApp } from '@stocker/service-kit'
import { defineProblems, idempotencyOf } from '@stocker/service-kit'
import { Type } from 'typebox'
import { DISPATCH_STATUSES } from './dispatch.ts'
import type { DispatchService } from './dispatch-service.ts'

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
const IdempotencyKey = Type.Object({ 'idempotency-key': Type.Optional(Type.String()) })

const problems = defineProblems({
  INSUFFICIENT_STOCK: { status: 409, title: 'There are not so many pieces to take away' },
  STOCK_NOT_FOUND: { status: 404, title: 'No stock of this SKU was ever recorded' },
  DISPATCH_NOT_FOUND: { status: 404, title: 'There is no dispatch for this order' },
})

export const routes =
  (service: DispatchService) =>
  (app: HttpApp): void => {
    app.get(
      '/api/stock',
      { schema: { summary: 'All stock levels', response: { 200: Type.Object({ stock: Type.Array(StockView) }) } } },
      async () => ({ stock: [...(await service.stock.all())] }),
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
        const level = await service.stock.find(sku)
        if (level === undefined) throw problems('STOCK_NOT_FOUND', `No stock of ${sku} was ever recorded.`)
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
      async (request) => {
        const { sku } = request.params
        const result = await service.adjustStock(sku, request.body, idempotencyOf(request).idempotency)
        if (result.status === 'rejected') throw problems.from(result.rejection)
        const { onHand, reserved } = result.state
        return { sku, onHand, reserved, available: onHand - reserved }
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
        const found = await service.find(orderId)
        if (found === undefined) throw problems('DISPATCH_NOT_FOUND', `There is no dispatch for order ${orderId}.`)
        const { status, lines, dispatchedAt } = found
        return { orderId, status, lines: [...lines], ...(dispatchedAt === null ? {} : { dispatchedAt }) }
      },
    )
  }
