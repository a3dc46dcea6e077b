import type { Logger, RecordSender } from '@stocker/kafka-config'
import { KafkaConfigError } from '@stocker/kafka-config'
import type { Pool } from 'pg'
import type { ClaimedItem } from './redrive-claims.ts'
import { RedriveClaims } from './redrive-claims.ts'
import { DEFAULT_ALLOWED_HEADERS, redriveRecord } from './redrive-record.ts'

export interface RedriverOptions {
  readonly pool: Pool
  readonly sender: RecordSender
  readonly logger: Logger
  /** Names of headers that are sent again beside type headers. Default: DEFAULT_ALLOWED_HEADERS. */
  readonly allowedHeaders?: readonly string[]
  /** Records of one redrive that are sent and not confirmed. Default 500. */
  readonly maxInFlight?: number
  /** How long a process may take to send what it has claimed before another does it. Milliseconds, default 30,000. */
  readonly leaseMs?: number
  /** How often it looks for something to send. Milliseconds, default 100. */
  readonly pollMs?: number
}

export const REDRIVER_DEFAULTS = { maxInFlight: 500, leaseMs: 30_000, pollMs: 100 } as const

/** With nothing under way the look is a query on an index of open redrives, which is empty. */
const IDLE_POLLS = 10
const AFTER_TROUBLE_MS = 1_000

/**
 * Sends what is ordered in the store. Any number of processes may do it on one database: what is to be sent is claimed first, for a limited time.
 * Every step is stored, so that one that dies is followed by another, or by its successor, from there.
 */
export class Redriver {
  readonly #claims: RedriveClaims
  readonly #sender: RecordSender
  readonly #logger: Logger
  readonly #allowed: ReadonlySet<string>
  readonly #pollMs: number
  #stopping = new AbortController()
  #loop: Promise<void> | undefined
  #wake: (() => void) | undefined

  constructor(options: RedriverOptions) {
    const { pool, sender, logger, allowedHeaders, maxInFlight, leaseMs, pollMs } = { ...REDRIVER_DEFAULTS, ...options }
    this.#claims = new RedriveClaims(pool, { maxInFlight, leaseMs })
    this.#sender = sender
    this.#logger = logger
    this.#allowed = new Set(allowedHeaders ?? DEFAULT_ALLOWED_HEADERS)
    this.#pollMs = pollMs
  }

  start(): void {
    this.#stopping = new AbortController()
    this.#loop ??= this.#run()
  }

  /** Finishes what it is sending. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake?.()
    await this.#loop
    this.#loop = undefined
  }

  /** There may be something to send: an order, or a confirmation that the next one of a key waits for. */
  wake(): void {
    this.#wake?.()
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        const { open, sent } = await this.#round()
        if (sent === 0) await this.#sleep(open ? this.#pollMs : this.#pollMs * IDLE_POLLS)
      } catch (error) {
        this.#logger.warn({ err: error }, 'dead letters cannot be sent again at the moment; it is tried on')
        await this.#sleep(AFTER_TROUBLE_MS)
      }
    }
  }

  async #round(): Promise<{ readonly open: boolean; readonly sent: number }> {
    const redrives = await this.#claims.open()
    let sent = 0
    for (const redriveId of redrives) {
      const items = await this.#claims.claim(redriveId)
      sent += items.length
      await this.#send(items)
    }
    return { open: redrives.length > 0, sent }
  }

  async #send(items: readonly ClaimedItem[]): Promise<void> {
    const outcomes = await Promise.allSettled(
      items.map(async (item) => this.#sender.send(redriveRecord(item, this.#allowed))),
    )
    await this.#claims.sent(items.filter((_, index) => outcomes[index]?.status === 'fulfilled'))
    for (const [index, item] of items.entries()) {
      const outcome = outcomes[index]
      if (outcome?.status === 'rejected') await this.#notSent(item, outcome.reason)
    }
  }

  /** What may pass, and a topic that a listener has still to create, is sent again when the claim is over. */
  async #notSent(item: ClaimedItem, error: unknown): Promise<void> {
    const { deadLetterId, consumerGroup } = item
    const forGood = error instanceof KafkaConfigError && error.code === 'RECORD_TOO_LARGE'
    this.#logger.warn(
      { deadLetterId, consumerGroup, err: error },
      forGood ? 'a dead letter cannot be sent again' : 'a dead letter was not sent again yet; it is tried on',
    )
    if (forGood) await this.#claims.refused(item, error.message)
  }

  #sleep(ms: number): Promise<void> {
    if (this.#stopping.signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
