import type { HttpApp } from '@stocker/service-kit'
import { idempotencyOf } from '@stocker/service-kit'
import { Type } from 'typebox'
import type { DispatchService } from './dispatch-service.ts'
import { problems } from './errors.ts'
import { STOCK_LEVELS } from './stock.ts'
import { MOVEMENT_TYPES } from './stock-movements.ts'
import { overviewOf } from './stock-queries.ts'

const MAX_PIECES = 1_000_000
const LARGEST_NUMBER = 2_147_483_647

const BySku = Type.Object({ sku: Type.String({ minLength: 1, maxLength: 64 }) })
const IdempotencyKey = Type.Object({ 'idempotency-key': Type.Optional(Type.String()) })
const Level = Type.Enum(STOCK_LEVELS, { description: 'OUT: nothing is available. LOW: no more than the threshold' })

const StockView = Type.Object({
  sku: Type.String(),
  onHand: Type.Integer(),
  reserved: Type.Integer(),
  available: Type.Integer({ description: 'on hand and not reserved' }),
  stocked: Type.Integer({ description: 'all that was ever booked by adjustments' }),
  sold: Type.Integer(),
  returned: Type.Integer(),
  threshold: Type.Integer({ description: 'so many available pieces, or fewer, are a low stock' }),
  level: Level,
})
const Adjustment = Type.Object(
  {
    quantity: Type.Integer({
      minimum: -MAX_PIECES,
      maximum: MAX_PIECES,
      description: 'pieces that came in; negative: pieces that are gone',
    }),
    reason: Type.String({ minLength: 1, maxLength: 200 }),
  },
  { additionalProperties: false },
)
const Threshold = Type.Object(
  { threshold: Type.Integer({ minimum: 0, maximum: MAX_PIECES, description: '0: the stock is never low' }) },
  { additionalProperties: false },
)
const Movements = Type.Object({
  movements: Type.Array(
    Type.Object({
      number: Type.Integer(),
      type: Type.Enum(MOVEMENT_TYPES),
      quantity: Type.Integer({ description: 'pieces; negative for an adjustment that takes some away' }),
      orderId: Type.Optional(Type.String()),
      reason: Type.Optional(Type.String()),
      at: Type.String(),
    }),
  ),
  next: Type.Optional(Type.Integer({ description: '`before` of the next page' })),
})
const Page = Type.Object({
  before: Type.Optional(
    Type.Integer({ minimum: 1, maximum: LARGEST_NUMBER, description: 'number of a movement: only earlier ones' }),
  ),
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
})

export const stockRoutes = (service: DispatchService, app: HttpApp): void => {
  app.get(
    '/api/stock',
    {
      config: { access: 'staff' },
      schema: {
        summary: 'All stock, by SKU',
        querystring: Type.Object({ level: Type.Optional(Level) }),
        response: { 200: Type.Object({ stock: Type.Array(StockView) }) },
      },
    },
    async ({ query: { level } }) => ({ stock: [...(await service.stock.all(level))] }),
  )

  app.get(
    '/api/stock/:sku',
    {
      config: { access: 'staff' },
      schema: { summary: 'The stock of one SKU', params: BySku, response: { 200: StockView } },
    },
    async ({ params: { sku } }) => found(sku, await service.stock.find(sku)),
  )

  app.get(
    '/api/stock/:sku/movements',
    {
      config: { access: 'staff' },
      schema: {
        summary: 'What moved the stock of one SKU, newest first',
        params: BySku,
        querystring: Page,
        response: { 200: Movements },
      },
    },
    async ({ params: { sku }, query }) => {
      const { movements, ...next } = found(sku, await service.stock.movements(sku, query))
      return { movements: [...movements], ...next }
    },
  )

  app.post(
    '/api/stock/:sku/adjustments',
    {
      config: { access: 'staff' },
      schema: {
        summary: 'Goods came in, were counted or were lost',
        description: 'Repeat a request safely with the same Idempotency-Key.',
        headers: IdempotencyKey,
        params: BySku,
        body: Adjustment,
        response: { 200: StockView },
      },
    },
    async (request) => {
      const { sku } = request.params
      const result = await service.adjustStock(sku, request.body, idempotencyOf(request).idempotency)
      if (result.status === 'rejected') throw problems.from(result.rejection)
      return overviewOf(sku, result.state)
    },
  )

  app.put(
    '/api/stock/:sku/threshold',
    {
      config: { access: 'staff' },
      schema: {
        summary: 'Say what a low stock of one SKU is',
        params: BySku,
        body: Threshold,
        response: { 200: StockView },
      },
    },
    async ({ params: { sku }, body: { threshold } }) => {
      const result = await service.setThreshold(sku, threshold)
      if (result.status === 'rejected') throw problems.from(result.rejection)
      return overviewOf(sku, result.state)
    },
  )
}

const found = <T>(sku: string, stock: T | undefined): T => {
  if (stock === undefined) throw problems('STOCK_NOT_FOUND', `no stock of ${sku} was ever recorded`)
  return stock
}
