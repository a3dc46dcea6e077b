import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import type { Dispatch } from './dispatch.ts'
import type { DispatchService } from './dispatch-service.ts'
import { DISPATCH_STATUSES } from './dispatch-status.ts'
import { problems } from './errors.ts'
import { stockRoutes } from './stock-routes.ts'

const Status = Type.Enum(DISPATCH_STATUSES.filter((status) => status !== 'NONE'))
const DispatchView = Type.Object({
  orderId: Type.String(),
  status: Status,
  lines: Type.Array(Type.Object({ sku: Type.String(), quantity: Type.Integer() })),
  shortages: Type.Optional(
    Type.Array(Type.Object({ sku: Type.String(), requested: Type.Integer(), available: Type.Integer() })),
  ),
  dispatchedAt: Type.Optional(Type.String()),
  history: Type.Array(Type.Object({ status: Status, at: Type.String(), reason: Type.Optional(Type.String()) })),
})

export const routes =
  (service: DispatchService) =>
  (app: HttpApp): void => {
    stockRoutes(service, app)

    app.get(
      '/api/dispatches/:orderId',
      {
        config: { access: 'staff' },
        schema: {
          summary: 'The dispatch of one order with its history',
          params: Type.Object({ orderId: Type.String({ minLength: 1, maxLength: 100 }) }),
          response: { 200: DispatchView },
        },
      },
      async ({ params: { orderId } }) => viewOf(orderId, await service.find(orderId)),
    )
  }

const viewOf = (orderId: string, found: Dispatch | undefined) => {
  if (found === undefined || found.status === 'NONE')
    throw problems('DISPATCH_NOT_FOUND', `there is no dispatch for order ${orderId}`)
  const { status, lines, shortages, dispatchedAt, history } = found
  return {
    orderId,
    status,
    lines: [...lines],
    ...(shortages.length > 0 && { shortages: [...shortages] }),
    ...(dispatchedAt !== null && { dispatchedAt }),
    history: [...history],
  }
}
