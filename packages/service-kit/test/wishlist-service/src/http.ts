import type { CommandBus } from '@stocker/cqrs'
import type { HttpApp } from '@stocker/service-kit'
import { defineProblems, idempotencyOf, refuseOtherCustomers, traceOf } from '@stocker/service-kit'
import { Type } from 'typebox'
import { wishlist } from './wishlist.ts'

const problems = defineProblems({
  WISHLIST_FULL: { status: 422, title: 'There is no room for another wish', hint: 'Drop one first.' },
})

export const routes =
  (bus: CommandBus) =>
  (app: HttpApp): void => {
    app.post(
      '/api/wishlists/:customerId',
      {
        config: { access: 'customer' },
        schema: {
          summary: 'Add a product to the wishes',
          params: Type.Object({ customerId: Type.String({ minLength: 1, maxLength: 100 }) }),
          body: Type.Object({ sku: Type.String({ minLength: 1, maxLength: 64 }) }, { additionalProperties: false }),
          response: { 200: Type.Object({ skus: Type.Array(Type.String()) }) },
        },
      },
      async (request) => {
        const { customerId } = request.params
        refuseOtherCustomers(request, customerId)
        const result = await bus.execute(
          wishlist,
          customerId,
          { type: 'Add', data: { customerId, sku: request.body.sku } },
          { correlationId: customerId, ...idempotencyOf(request), ...traceOf(request) },
        )
        if (result.status === 'rejected') throw problems.from(result.rejection)
        return { skus: [...result.state.skus] }
      },
    )
  }
