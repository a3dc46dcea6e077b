import { ProductName, Sku } from '@stocker/contracts'
import type { HttpApp } from '@stocker/service-kit'
import { entityTagOf, expectedVersionOf, idempotencyOf, traceOf } from '@stocker/service-kit'
import { Type } from 'typebox'
import { BadCursorError, pageOf } from './catalogue-page.ts'
import { problems } from './errors.ts'
import { closed, GivenMoney, IdempotencyKey, IfMatch, Money, REPEATABLE, SkuPath } from './http-schemas.ts'
import type { ProductResult, ProductService } from './product-service.ts'

const ProductView = Type.Object({ sku: Sku, name: ProductName, price: Money })
const Filter = Type.Object({
  search: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'part of the name' })),
  after: Type.Optional(Type.String({ minLength: 1, maxLength: 1_500, description: '`next` of the page before' })),
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
})
const Page = Type.Object({
  products: Type.Array(ProductView),
  next: Type.Optional(Type.String({ description: 'absent on the last page' })),
})
const Prices = Type.Object({
  sku: Sku,
  prices: Type.Array(Type.Object({ price: Money, since: Type.String(), until: Type.Optional(Type.String()) })),
})

const UNSEEN = 'With If-Match it changes only what its caller has seen.'

/** Answers with the product and its version; throws the problem of a rejection. */
const accepted = (result: ProductResult) => {
  if (result.status === 'rejected') throw problems.from(result.rejection)
  const { state, version, events } = result
  if (state.product === null) throw new Error(`product ${result.id} accepted a command without being listed`)
  const begun = events.length > 0 && events.length === version
  return { product: state.product, etag: entityTagOf(version), begun }
}

export const productRoutes = (service: ProductService, app: HttpApp): void => {
  app.get(
    '/api/products',
    {
      config: { access: 'authenticated' },
      schema: {
        summary: 'The catalogue by name, page by page',
        querystring: Filter,
        response: { 200: Page },
      },
    },
    async ({ query }) => {
      try {
        const { products, ...next } = pageOf((await service.catalogue.products()).values(), query)
        return { products: [...products], ...next }
      } catch (error) {
        if (error instanceof BadCursorError)
          throw problems('BAD_CURSOR', '`after` must be the `next` of an earlier page of this list.')
        throw error
      }
    },
  )

  app.get(
    '/api/products/:sku',
    {
      config: { access: 'authenticated' },
      schema: {
        summary: 'One product',
        description: 'The ETag stands for its version.',
        params: SkuPath,
        response: { 200: ProductView },
      },
    },
    async ({ params: { sku } }, reply) => {
      const found = await service.find(sku)
      if (found === undefined) throw problems('PRODUCT_NOT_FOUND', `the catalogue has no ${sku}`)
      return reply.header('etag', entityTagOf(found.version)).send(found.product)
    },
  )

  app.get(
    '/api/products/:sku/prices',
    {
      config: { access: 'authenticated' },
      schema: {
        summary: 'What the product cost, and when',
        description: 'Oldest first. There is a gap where it was not on sale; `until` is absent while the price holds.',
        params: SkuPath,
        response: { 200: Prices },
      },
    },
    async ({ params: { sku } }) => {
      const prices = await service.prices(sku)
      if (prices.length === 0) throw problems('PRODUCT_NOT_FOUND', `the catalogue never had a ${sku}`)
      return { sku, prices: [...prices] }
    },
  )

  app.put(
    '/api/products/:sku',
    {
      config: { access: 'staff' },
      schema: {
        summary: 'Put a product on sale, or change its name or price',
        description: `${UNSEEN} If-Match: "0" creates only.`,
        headers: IfMatch,
        params: SkuPath,
        body: Type.Object({ name: ProductName, price: GivenMoney }, closed),
        response: { 200: ProductView, 201: ProductView },
      },
    },
    async (request, reply) => {
      const listing = { sku: request.params.sku, ...request.body }
      const { product, etag, begun } = accepted(
        await service.put(listing, { ...traceOf(request), ...expectedVersionOf(request) }),
      )
      return reply
        .code(begun ? 201 : 200)
        .header('etag', etag)
        .send(product)
    },
  )

  app.post(
    '/api/products/:sku/price',
    {
      config: { access: 'staff' },
      schema: {
        summary: 'Change the price of a product',
        description: `${UNSEEN} ${REPEATABLE}`,
        headers: Type.Object({ ...IfMatch.properties, ...IdempotencyKey.properties }),
        params: SkuPath,
        body: Type.Object({ price: GivenMoney }, closed),
        response: { 200: ProductView },
      },
    },
    async (request, reply) => {
      const { product, etag } = accepted(
        await service.changePrice(request.params.sku, request.body.price, {
          ...traceOf(request),
          ...idempotencyOf(request),
          ...expectedVersionOf(request),
        }),
      )
      return reply.header('etag', etag).send(product)
    },
  )

  app.delete(
    '/api/products/:sku',
    {
      config: { access: 'staff' },
      schema: {
        summary: 'Take a product off sale',
        description: `Carts that hold it can no longer be checked out with it. ${UNSEEN}`,
        headers: IfMatch,
        params: SkuPath,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { sku } = request.params
      accepted(await service.delist(sku, { ...traceOf(request), ...expectedVersionOf(request) }))
      return reply.code(204).send(null)
    },
  )
}
