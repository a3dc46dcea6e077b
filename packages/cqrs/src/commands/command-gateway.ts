import { randomUUIDv7 } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { AnyAggregate, CommandOf, RejectionOf, StateOf } from '../aggregates/aggregate.ts'
import type { Rejection } from '../aggregates/rejection.ts'
import type { BackOff } from '../back-off.ts'
import { delayAfter, requireBackOff } from '../back-off.ts'
import { CqrsError } from '../errors.ts'
import { requireWholeNumber } from '../options.ts'
import type { CommandBus, CommandResult } from './command-bus.ts'
import type { CommandMeta } from './command-meta.ts'

export interface CommandGatewayOptions<Code extends string = never> {
  readonly bus: CommandBus<Code>
  /** How long `send` waits for the result, all tries together. Default 10,000. */
  readonly timeoutMs?: number
  readonly retry?: {
    /** Tries in all; 1 never repeats. Default 4. */
    readonly maxTries?: number
    /** Before the second try. Default 100. */
    readonly initialDelayMs?: number
    /** Default 2,000. */
    readonly maxDelayMs?: number
    /** By which the delay grows from try to try. Default 2. */
    readonly multiplier?: number
  }
}

export interface CommandGateway<Code extends string = never> {
  /**
   * Sends a command and waits for its result. A failure that may pass (a retryable CqrsError) is tried again, always with the
   * same idempotency key, so that it takes effect once: the caller's key, or one of the command's own.
   *
   * Throws the last CqrsError, or TIMEOUT when time is over: then the command may or may not have taken effect; sending it again with the same `idempotency`, or
   * the same `id`, tells. `meta`: `correlationId` is the aggregate's id unless it is given.
   */
  send<A extends AnyAggregate>(
    aggregate: A,
    id: string,
    command: CommandOf<A>,
    meta?: Partial<CommandMeta>,
  ): Promise<CommandResult<StateOf<A>, RejectionOf<A> | Rejection<Code>>>
}

const DEFAULT_TIMEOUT_MS = 10_000
const RETRIES: Retries = { maxTries: 4, initialDelayMs: 100, maxDelayMs: 2_000, multiplier: 2 }

interface Retries extends BackOff {
  readonly maxTries: number
}

/** For callers that want an answer and no care about what passes: a command bus with time-out and retries, as Axon's CommandGateway. */
export function createCommandGateway<Code extends string = never>({
  bus,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  retry,
}: CommandGatewayOptions<Code>): CommandGateway<Code> {
  const retries = { ...RETRIES, ...retry }
  requireWholeNumber({ timeoutMs, 'retry.maxTries': retries.maxTries }, 1)
  requireBackOff(retries)
  return {
    async send(aggregate, id, command, meta = {}) {
      const messageId = meta.id ?? randomUUIDv7()
      const sent: CommandMeta = {
        correlationId: id,
        idempotency: { key: `command:${messageId}`, fingerprint: messageId },
        ...meta,
        id: messageId,
      }
      const timeOut = new AbortController()
      const timer = setTimeout(() => timeOut.abort(), timeoutMs)
      const timedOut = new Promise<never>((_, reject) => {
        timeOut.signal.addEventListener('abort', () => {
          const what = `Command ${command.type} to ${aggregate.name} '${id}' has no result after ${timeoutMs} ms`
          reject(new CqrsError('TIMEOUT', `${what}; it may take effect yet. Send it again with id '${messageId}'.`))
        })
      })
      const result = retried(() => bus.execute(aggregate, id, command, sent), retries, timeOut.signal)
      try {
        return await Promise.race([result, timedOut])
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

/** A closed bus stays closed, whatever other instances may do. */
const mayPass = (error: unknown): boolean => error instanceof CqrsError && error.retryable && error.code !== 'CLOSED'

async function retried<T>(execute: () => Promise<T>, retries: Retries, signal: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await execute()
    } catch (error) {
      if (!mayPass(error) || tries >= retries.maxTries) throw error
      await delay(delayAfter(tries, retries), undefined, { signal })
    }
  }
}
