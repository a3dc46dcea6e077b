import { WakeUp } from '@stocker/cqrs'
import type { Pool } from 'pg'
import { reasonOf } from '../keep-trying.ts'
import type { Logger } from '../logging/create-logger.ts'
import type { ClaimedWebhook } from './webhook-outbox.ts'
import { claimWebhooks, nextWebhook, webhookRefused, webhookTaken } from './webhook-outbox.ts'
import {
  WEBHOOK_ID_HEADER,
  WEBHOOK_SIGNATURE_HEADER,
  WEBHOOK_TIMESTAMP_HEADER,
  webhookSignature,
} from './webhook-signature.ts'

export interface WebhookSenderOptions {
  /** With the tables of `webhookMigrations`. */
  readonly pool: Pool
  readonly logger: Logger
  /** Who sends, in logs. */
  readonly name: string
  /** Where to; asked for each message. */
  readonly url: () => string
  /** `whsec_…`; each signs, so that the receiver may change from one to the other. */
  readonly secrets: readonly string[]
  /** Milliseconds, default 5,000: an attempt without an answer counts as refused after this. */
  readonly timeoutMs?: number
  /** Milliseconds, default 500: until a refused message is sent again; doubles with each refusal. */
  readonly retryDelayMs?: number
  /** Milliseconds, default 60,000: the longest such time. */
  readonly maxRetryDelayMs?: number
}

export const WEBHOOK_SENDER_DEFAULTS = { timeoutMs: 5_000, retryDelayMs: 500, maxRetryDelayMs: 60_000 } as const

const AT_ONCE = 64
/** Beyond an attempt's own time, until another process takes its message for lost. */
const LEASE_MS = 5_000
/** How long what another process has added, or left behind, may go unnoticed. */
const IDLE_MS = 5_000
/** Rounds of a loaded machine's clock: a message is not looked for a moment too early again and again. */
const SHORTEST_MS = 10

/** Sends what `addWebhooks` has stored until each is answered with 2xx: at least once, those of one subject in their order. */
export class WebhookSender {
  readonly #options: Required<WebhookSenderOptions>
  readonly #stopping = new AbortController()
  #running: Promise<void> = Promise.resolve()
  readonly #wakeUp = new WakeUp()

  constructor(options: WebhookSenderOptions) {
    this.#options = { ...WEBHOOK_SENDER_DEFAULTS, ...options }
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

  async #send({ id, body, attempts }: ClaimedWebhook): Promise<void> {
    const { pool, logger, name, retryDelayMs, maxRetryDelayMs } = this.#options
    const refusal = await this.#post(id, Buffer.from(body))
    if (refusal === undefined) {
      await pool.query(webhookTaken(id))
      return
    }
    const delayMs = Math.min(maxRetryDelayMs, retryDelayMs * 2 ** (attempts - 1))
    logger.debug({ sender: name, webhookId: id, attempts, reason: refusal, delayMs }, 'a webhook is sent again')
    await pool.query(webhookRefused(id, refusal, delayMs))
  }

  /** Why it was not taken, undefined when it was. */
  async #post(id: string, body: Buffer<ArrayBuffer>): Promise<string | undefined> {
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
      return answer.ok ? undefined : `it was answered with ${answer.status}`
    } catch (error) {
      return reasonOf(error)
    }
  }

  async #untilNext(): Promise<number> {
    const { rows } = await this.#options.pool.query<{ readonly ms: number }>(nextWebhook())
    return Math.min(IDLE_MS, Math.max(SHORTEST_MS, rows[0]?.ms ?? IDLE_MS))
  }
}
