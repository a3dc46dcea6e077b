import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import { localPath, seeOther } from '../access/login-redirects.ts'
import { viewerOf } from '../access/viewer.ts'
import type { ConsoleParts } from '../feature.ts'

interface OrderAction {
  /** Of the route, and in the audit. */
  readonly name: string
  readonly summary: string
  readonly service: string
  readonly path: (orderId: string) => string
  readonly body?: object
}

/** What operators can have done to an order, each by the service that it belongs to, which also decides whether it can be. */
const ACTIONS: readonly OrderAction[] = [
  {
    name: 'cancel',
    summary: 'Cancels an order as far as it has come; refused when the courier is on the way with it',
    service: 'order-service',
    path: (orderId) => `/api/orders/${orderId}/cancel`,
    // Why, is for the audit: the customer sees the reason of a cancellation.
    body: { reason: 'OPERATOR_REQUEST' },
  },
  {
    name: 'retry-refund',
    summary: 'Asks the gateway at once again for a refund that it refused',
    service: 'payment-service',
    path: (orderId) => `/api/payments/${orderId}/refunds/retry`,
  },
]

const ById = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) })
const Why = Type.Object(
  {
    reason: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S', description: 'For the audit' }),
    next: Type.Optional(Type.String({ maxLength: 2_000, description: 'Where a form leads to afterwards' })),
  },
  { additionalProperties: false },
)

export function orderActions(
  { services, call, actions }: Pick<ConsoleParts, 'services' | 'call' | 'actions'>,
  app: HttpApp,
): void {
  for (const { name, summary, service, path, body } of ACTIONS) {
    const asked = services.find((one) => one.name === service)
    if (asked === undefined) continue
    app.post(
      `/ops/api/orders/:id/${name}`,
      {
        config: { access: 'operator' },
        schema: {
          summary,
          description: 'Who, when and why is kept in the audit, with what came of it.',
          params: ById,
          body: Why,
          response: { 200: Type.Unknown() },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const { reason, next } = request.body
        const answer: unknown = await actions.perform(
          { viewer: viewerOf(request), action: name, target: `order:${id}`, reason },
          () => call(asked, path(encodeURIComponent(id)), { method: 'POST', ...(body && { body }) }),
          (answered) => ({ after: statusOf(answered) }),
        )
        if (next !== undefined) return seeOther(reply, localPath(next))
        return answer
      },
    )
  }
}

/** Of what a service answers only the status is kept: the rest may hold personal values. */
const statusOf = (answer: unknown): { readonly status: unknown } | undefined =>
  typeof answer === 'object' && answer !== null && 'status' in answer ? { status: answer.status } : undefined
