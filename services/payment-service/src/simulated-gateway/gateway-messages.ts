import type { OutgoingWebhook, Reported } from '@stocker/service-kit'
import { webhookIdFor } from '@stocker/service-kit'
import type { AuthorizationAnswer, AuthorizationRequest, MovementAnswer, MovementRequest } from '../gateway.ts'
import type { GatewayReport } from '../gateway-report.ts'
import type { LedgerKind } from './movement-rules.ts'

export interface GatewayReporting {
  readonly reported: Reported
  /** From the call to its report. Milliseconds. */
  readonly delayMs: number
  /** There is something to send. */
  readonly onOwed?: () => void
}

export type Answered =
  | { readonly kind: 'authorize'; readonly request: AuthorizationRequest; readonly answer: AuthorizationAnswer }
  | { readonly kind: LedgerKind; readonly request: MovementRequest; readonly answer: MovementAnswer }

const MOVED = { capture: 'CAPTURED', void: 'VOIDED', refund: 'REFUNDED' } as const satisfies Record<LedgerKind, string>

const reportOf = ({ kind, request, answer }: Answered): GatewayReport | undefined => {
  const { orderId, idempotencyKey, amount } = request
  const call = { orderId, idempotencyKey, amount }
  switch (answer.outcome) {
    case 'authorized':
      return { event: 'AUTHORIZED', ...call, gatewayId: answer.authorizationId }
    case 'declined':
      return { event: 'DECLINED', ...call, reason: answer.reason, message: answer.message }
    case 'done':
      return kind === 'authorize' ? undefined : { event: MOVED[kind], ...call, gatewayId: answer.movementId }
    case 'refused':
      // The others are faults of whoever called, whom the answer tells so.
      return answer.reason === 'NOT_POSSIBLE_NOW'
        ? { event: 'REFUND_REFUSED', ...call, message: answer.message }
        : undefined
  }
}

/** The report of an answer, one for each key; undefined where there is nothing to tell. */
export const messageOf = (answered: Answered, delayMs: number): OutgoingWebhook | undefined => {
  const body = reportOf(answered)
  if (body === undefined) return undefined
  return { id: messageIdOf(body.idempotencyKey), subject: body.orderId, body, delayMs }
}

/** Of the report of a call, by the key of the call. */
export const messageIdOf = (idempotencyKey: string): string => webhookIdFor(idempotencyKey)
