import { randomUUIDv7 } from 'node:crypto'
import type { BackOff } from '../back-off.ts'
import { requireBackOff } from '../back-off.ts'
import { queueOf } from '../commands/bus-queue.ts'
import { requireWholeNumber } from '../options.ts'
import { settleCall } from '../postgres/outbound-rows.ts'
import { engineOf } from '../store/event-store.ts'
import type { OutboundCalls, OutboundCallsOptions } from './outbound-calls.ts'
import { OutboundDispatcher } from './outbound-dispatcher.ts'

const DEFAULTS = { concurrency: 64, timeoutMs: 10_000, leaseMs: 4_000 } as const
const RETRY: BackOff = { initialDelayMs: 200, maxDelayMs: 30_000, multiplier: 2 }

/**
 * Calls to the outside world, made after the commit of the event that causes them, at least once and always with the same key, whose
 * result is stored exactly once. Registers itself with the store: make it before the first command, start it after the migrations.
 */
export function createOutboundCalls<R>(options: OutboundCallsOptions<R>): OutboundCalls {
  const { concurrency, timeoutMs, leaseMs } = { ...DEFAULTS, ...options }
  const backOff = { ...RETRY, ...options.retry }
  requireWholeNumber({ concurrency, timeoutMs, leaseMs }, 1)
  requireBackOff(backOff)
  const engine = engineOf(options.store)
  const dispatcher = new OutboundDispatcher<R>({
    engine,
    enqueue: queueOf(options.bus),
    logger: options.logger ?? engine.logger,
    name: options.name,
    owner: randomUUIDv7(),
    intents: options.intents,
    perform: options.perform,
    concurrency,
    timeoutMs,
    leaseMs,
    backOff,
  })
  engine.addProjection({ name: `outbound calls ${options.name}`, project: dispatcher.project })
  engine.listeners.onCommitted(dispatcher.committed)
  return {
    start: () => dispatcher.start(),
    stop: () => dispatcher.stop(),
    pending: () => dispatcher.pending(),
    name: options.name,
    open: () => dispatcher.open(),
    settle: (unit, key) => unit.write(settleCall(options.name, key)),
    runNow: (key) => dispatcher.runNow(key),
    onFailed: (listener) => dispatcher.onFailed(listener),
  }
}
