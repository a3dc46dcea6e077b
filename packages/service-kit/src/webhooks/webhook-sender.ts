import { WakeUp } from '@stocker/cqrs'
import type { Pool } from 'pg'
import { reasonOf } from '../keep-trying.ts'
import type { Logger } from '../logging/create-logger.ts'
import type { Count, Metrics } from '../metrics/create-metrics.ts'
import type { ClaimedWebhook } from './webhook-outbox.ts'
import { claimWebhooks, nextWebhook, webhookFailed, webhookGivenUp, webhookTaken } from './webhook-outbox.ts'
import type { WebhookFailure, WebhookPatience } from './webhook-patience.ts'
import { isHopeless, isRefusal, WEBHOOK_PATIENCE } from './webhook-patience.ts'
import {
  WEBHOOK_ID_HEADER,
  WEBHOOK_SIGNATURE_HEADER,
  WEBHOOK_TIMESTAMP_HEADER,
  webhookSignature,
} from './webhook-signature.ts'

export interface WebhookSenderOptions extends Partial<WebhookPatience> {
  /** With the tables of `webhookMigrations`. */
  readonly pool: Pool
  readonly logger: Logger
  /** Counts what is given up. */
  readonly metrics: Pick<Metrics, 'counter'>
  /** Who sends, in logs and metrics. */
  readonly name: string
  /** Where to; asked for each message. */
  readonly url: () => string
  /** `whsec_…`; each signs, so that the receiver may change from one to the other. */
  readonly secrets: readonly string[]
  /** Milliseconds, default 5,000: an attempt without an answer counts as refused after this. */
  readonly timeoutMs?: number
  /** Milliseconds, default 500: until a refused message is sent again; doubles with each refusal. */
  readonly retryDelayMs?: number
  /** Milliseconds, default 3,600,000: the longest such time. */
  readonly maxRetryDelayMs?: number
}

export const WEBHOOK_SENDER_DEFAULTS = {
  ...WEBHOOK_PATIENCE,
  timeoutMs: 5_000,
  retryDelayMs: 500,
  maxRetryDelayMs: 3_600_000,
} as const

const AT_ONCE = 64
/** Beyond an attempt's own time, until another process takes its message for lost. */
const LEASE_MS = 5_000
/** How long what another process has added, or left behind, may go unnoticed. */
const IDLE_MS = 5_000
/** Rounds of a loaded machine's clock: a message is not looked for a moment too early again and again. */
const SHORTEST_MS = 10

/**
 * Sends what `addWebhooks` has stored until each is answered with 2xx, at least once, or given up: those of one subject in their order. What is given
 * up stays where it is, is logged and counted, and holds up no later one of its subject.
 */
export class WebhookSender {
  readonly #options: Required<WebhookSenderOptions>
  readonly #stopping = new AbortController()
  #running: Promise<void> = Promise.resolve()
  readonly #wakeUp = new WakeUp()
  readonly #countGivenUp: Count

  constructor(options: WebhookSenderOptions) {
    this.#options = { ...WEBHOOK_SENDER_DEFAULTS, ...options }
    this.#countGivenUp = options.metrics.counter('webhooks_given_up_total', [{ sender: options.name }])
  }

  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.wake()
    await this.#running
  }

  /** Something was added: look when it is due. */
  wake(): void {
    this.#wakeUp.signal()
  }

  async #run(): Promise<void> {
    const { logger, name } = this.#options
    while (!this.#stopping.signal.aborted) {
      try {
        const sent = await this.#sendDue()
        if (sent === 0) await this.#wakeUp.sleep(await this.#untilNext())
      } catch (error) {
        logger.debug({ sender: name, reason: reasonOf(error) }, 'webhooks wait for the database of their sender')
        await this.#wakeUp.sleep(IDLE_MS)
      }
    }
  }

  async #sendDue(): Promise<number> {
    const { pool, timeoutMs } = this.#options
    const { rows } = await pool.query<ClaimedWebhook>(claimWebhooks(AT_ONCE, timeoutMs + LEASE_MS))
    await Promise.all(rows.map((message) => this.#send(message)))
    return rows.length
  }

  async #send(message: ClaimedWebhook): Promise<void> {
    const { pool, logger, name, retryDelayMs, maxRetryDelayMs } = this.#options
    const { id, body, attempts } = message
    const failure = await this.#post(id, Buffer.from(body))
    if (failure === undefined) {
      await pool.query(webhookTaken(id))
      return
    }
    const { reason } = failure
    const refusals = message.refusals + (isRefusal(failure) ? 1 : 0)
    // An attempt that this process broke off says nothing of the receiver.
    if (!this.#stopping.signal.aborted && isHopeless(failure, { attempts, refusals }, this.#options)) {
      await this.#giveUp(message, reason)
      return
    }
    const delayMs = Math.min(maxRetryDelayMs, retryDelayMs * 2 ** (attempts - 1))
    logger.debug({ sender: name, webhookId: id, attempts, reason, delayMs }, 'a webhook is sent again')
    await pool.query(webhookFailed(id, reason, refusals, delayMs))
  }

  async #giveUp({ id, subject, attempts }: ClaimedWebhook, reason: string): Promise<void> {
    const { pool, logger, name } = this.#options
    const { rowCount } = await pool.query(webhookGivenUp(id, reason))
    if (rowCount === 0) return
    this.#countGivenUp({ sender: name })
    logger.error(
      { sender: name, webhookId: id, subject, attempts, reason },
      'a webhook is given up: find out why its receiver does not take it, then send it again from webhook_messages',
    )
  }

  /** Why it was not taken, undefined when it was. */
  async #post(id: string, body: Buffer<ArrayBuffer>): Promise<WebhookFailure | undefined> {
    const { url, secrets, timeoutMs } = this.#options
    const timestamp = Math.floor(Date.now() / 1_000)
    try {
      const answer = await fetch(url(), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          [WEBHOOK_ID_HEADER]: id,
          [WEBHOOK_TIMESTAMP_HEADER]: String(timestamp),
          [WEBHOOK_SIGNATURE_HEADER]: secrets
            .map((secret) => webhookSignature(secret, { id, timestamp, body }))
            .join(' '),
        },
        body,
        redirect: 'error',
        signal: AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(timeoutMs)]),
      })
      await answer.body?.cancel()
      const { ok, status } = answer
      return ok ? undefined : { status, reason: `it was answered with ${status}` }
    } catch (error) {
      return { reason: reasonOf(error) }
    }
  }

  async #untilNext(): Promise<number> {
    const { rows } = await this.#options.pool.query<{ readonly ms: number }>(nextWebhook())
    return Math.min(IDLE_MS, Math.max(SHORTEST_MS, rows[0]?.ms ?? IDLE_MS))
  }
}
