import type { FeedStart } from '../messaging/feed-start.ts'
import type { Connections } from '../postgres/connections.ts'
import {
  claimTokens,
  createTokens,
  decodeToken,
  forgetInstance,
  keepClaims,
  lockProcessor,
  readInstances,
  readTokens,
  releaseTokens,
  tellInstances,
} from '../postgres/processor-rows.ts'
import type { Token } from './processor-claim.ts'
import { planClaims } from './processor-claim.ts'
import { initialSegments } from './segment.ts'

export interface ProcessorClaimsParts {
  readonly connections: Connections
  readonly processor: string
  /** Stands for this instance. */
  readonly owner: string
  readonly leaseMs: number
}

/** The segments that this instance holds. They are read and shared out between batches only; during a long one the lease is merely kept. */
export class ProcessorClaims {
  readonly #parts: ProcessorClaimsParts
  #tokens: readonly Token[] = []
  #alone = false
  #heartbeat: NodeJS.Timeout | undefined
  #beating: Promise<unknown> = Promise.resolve()

  constructor(parts: ProcessorClaimsParts) {
    this.#parts = parts
  }

  get tokens(): readonly Token[] {
    return this.#tokens
  }

  /** Whether every segment is held here, so that nobody else needs to hear of commits. */
  get alone(): boolean {
    return this.#alone
  }

  /** Makes the tokens if the processor is new. */
  async create(segments: number, start: FeedStart): Promise<void> {
    const { connections, processor } = this.#parts
    await connections.transact([lockProcessor(processor), createTokens(processor, initialSegments(segments), start)])
  }

  /** Keeps what is held, takes what is fair, gives back what is too much. */
  async tend(): Promise<void> {
    const { connections, processor, owner, leaseMs } = this.#parts
    const results = await connections.transact([
      ...keepClaims(processor, owner, leaseMs),
      readInstances(processor),
      readTokens(processor),
    ])
    const [instances = [], rows = []] = results.slice(-2)
    const plan = planClaims(
      rows.map(decodeToken),
      instances.map(([instance]) => instance as string),
      owner,
    )
    if (plan.claim.length + plan.release.length === 0) return this.#learn(rows.map(decodeToken))
    const changed = await connections.transact([
      releaseTokens(processor, owner, plan.release),
      claimTokens(processor, owner, leaseMs, plan.claim),
      ...(plan.release.length > 0 ? [tellInstances(processor)] : []),
      readTokens(processor),
    ])
    this.#learn((changed.at(-1) ?? []).map(decodeToken))
  }

  /** Keeps the lease while a batch takes long. */
  startHeartbeat(intervalMs: number): void {
    const { connections, processor, owner, leaseMs } = this.#parts
    this.#heartbeat = setInterval(() => {
      // Who cannot keep a lease notices at the next commit.
      this.#beating = connections.transact(keepClaims(processor, owner, leaseMs)).catch(() => {})
    }, intervalMs)
  }

  /** How held tokens look after a commit. */
  moved(tokens: readonly Token[]): void {
    const moved = new Map(tokens.map((token) => [token.segment.id, token]))
    this.#tokens = this.#tokens.map((token) => moved.get(token.segment.id) ?? token)
  }

  drop({ segment }: Token): void {
    this.#tokens = this.#tokens.filter((token) => token.segment.id !== segment.id)
  }

  forgetAll(): void {
    this.#tokens = []
  }

  /** Gives everything back, so that others need not wait for the lease to end. */
  async giveUp(): Promise<void> {
    const { connections, processor, owner } = this.#parts
    clearInterval(this.#heartbeat)
    await this.#beating
    this.forgetAll()
    await connections.transact([
      releaseTokens(processor, owner, null),
      forgetInstance(processor, owner),
      tellInstances(processor),
    ])
  }

  #learn(tokens: readonly Token[]): void {
    this.#tokens = tokens.filter(({ owner }) => owner === this.#parts.owner)
    this.#alone = this.#tokens.length === tokens.length
  }
}
