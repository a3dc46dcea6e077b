import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { rawBodyOf } from '../http/json-body.ts'
import { kitProblem } from '../http/problem.ts'
import type { WebhookRules } from './webhook-signature.ts'
import {
  verifyWebhook,
  WEBHOOK_ID_HEADER,
  WEBHOOK_SIGNATURE_HEADER,
  WEBHOOK_TIMESTAMP_HEADER,
} from './webhook-signature.ts'

/** Without a secret nobody is believed. */
export interface WebhookReceiver extends WebhookRules {
  /** Default: the system's clock. */
  readonly now?: () => Date
}

/** For the OpenAPI document of a route that takes one. */
export const SIGNED_BY_STANDARD_WEBHOOKS = `Signed by the rules of https://www.standardwebhooks.com: ${WEBHOOK_ID_HEADER} is the same for every repetition of a report, ${WEBHOOK_TIMESTAMP_HEADER} in seconds since 1970, ${WEBHOOK_SIGNATURE_HEADER}: v1,<base64 of the HMAC-SHA256 of "<id>.<timestamp>.<body>">.`

/** Bytes of a body at most: a report is short. */
const MAX_BODY = 16_384

/**
 * What a route needs that takes signed webhooks: `app.post(path, { ...signedWebhook(receiver), schema })`. The signature is looked at before the body is,
 * so that who is not the sender learns nothing.
 * @throws (the route) ProblemError WEBHOOK_OFF (403), SIGNATURE_REFUSED (401)
 */
export const signedWebhook = ({ now = () => new Date(), ...rules }: WebhookReceiver) => ({
  config: { access: 'signed', rawBody: true } as const,
  bodyLimit: MAX_BODY,
  preValidation: async (request: FastifyRequest) => {
    if (rules.secrets.length === 0) throw kitProblem('WEBHOOK_OFF', 'No secret is agreed with the sender.')
    const { fault } = verifyWebhook({ headers: request.headers, body: rawBodyOf(request) }, rules, now())
    if (fault !== undefined) throw kitProblem('SIGNATURE_REFUSED', fault)
  },
})

/** The id of a message that {@link signedWebhook} let through; `sender` keeps those of several senders apart. */
export const webhookIdempotency = (sender: string, request: FastifyRequest) => ({
  key: `${sender}:${webhookIdOf(request)}`,
  fingerprint: createHash('sha256').update(rawBodyOf(request)).digest('base64url'),
})

export const webhookIdOf = (request: FastifyRequest): string => String(request.headers[WEBHOOK_ID_HEADER])
