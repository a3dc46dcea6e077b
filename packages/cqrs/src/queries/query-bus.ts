import { CqrsError } from '../errors.ts'
import { requireWholeNumber } from '../options.ts'
import type { EventStore } from '../store/event-store.ts'
import { engineOf } from '../store/event-store.ts'
import type { SubscriptionItem, VersionOf } from './query-subscription.ts'
import { QuerySubscription } from './query-subscription.ts'

/** The shape of one query. `update`: what subscribers get after the initial result; default: a result. */
export interface QueryShape {
  readonly params: unknown
  readonly result: unknown
  readonly update?: unknown
}

export type UpdateOf<Q extends QueryShape> = 'update' extends keyof Q ? Q['update'] : Q['result']

export interface SubscribeOptions {
  /** Updates that wait for the subscriber at most. When there are more, all are dropped and the subscriber gets the result anew. Default 256. */
  readonly bufferSize?: number
  /** Closes the subscription. */
  readonly signal?: AbortSignal
}

export interface Subscription<R, U> {
  readonly initial: R
  /** What comes after `initial`: nothing that it holds already, and nothing missing. For one reader; leaving the loop closes the subscription. */
  readonly updates: AsyncIterableIterator<SubscriptionItem<R, U>>
  close(): void
}

/** Typed by a map of names to shapes: `createQueryBus<{ OrderById: { params: { id: string }; result: Order } }>({ store })`. */
export interface QueryBus<Q extends { readonly [K in keyof Q]: QueryShape }> {
  /** The one handler of a query (Axon: point-to-point). It must read what is committed, not from a replica that lags. A second one is refused. */
  handle<K extends keyof Q & string>(
    name: K,
    answer: (params: Q[K]['params']) => Promise<Q[K]['result']> | Q[K]['result'],
    options?: { readonly versionOf?: VersionOf<Q[K]['result'], UpdateOf<Q[K]>> },
  ): void
  /** Throws UNKNOWN_QUERY, CLOSED, and whatever the handler throws. */
  query<K extends keyof Q & string>(name: K, params: Q[K]['params']): Promise<Q[K]['result']>
  /** Throws the same. */
  subscribe<K extends keyof Q & string>(
    name: K,
    params: Q[K]['params'],
    options?: SubscribeOptions,
  ): Promise<Subscription<Q[K]['result'], UpdateOf<Q[K]>>>
  /**
   * Tells the subscribers of this process whose params the filter takes (Axon's QueryUpdateEmitter). Call it when queries can see the change: in
   * `store.onCommitted` for inline projections, in `onHandled` of a tracking processor for its read model. `update` may be a function that makes it: it is
   * called when somebody listens.
   */
  emit<K extends keyof Q & string>(
    name: K,
    filter: (params: Q[K]['params']) => boolean,
    update: UpdateOf<Q[K]> | (() => UpdateOf<Q[K]>),
  ): void
  /** Ends subscriptions: there will be no more updates. */
  complete<K extends keyof Q & string>(name: K, filter: (params: Q[K]['params']) => boolean): void
  /** Ends all subscriptions and answers no more. */
  close(): void
}

const DEFAULT_BUFFER_SIZE = 256

interface Handler {
  readonly answer: (params: unknown) => unknown
  readonly versionOf: VersionOf<unknown, unknown> | undefined
}

interface Subscriber {
  readonly params: unknown
  readonly subscription: QuerySubscription<unknown, unknown>
}

/** `store`: where the changes that are emitted are committed. */
export function createQueryBus<Q extends { readonly [K in keyof Q]: QueryShape }>({
  store,
}: {
  readonly store: EventStore
}): QueryBus<Q> {
  const { connections } = engineOf(store)
  const handlers = new Map<string, Handler>()
  const subscribers = new Map<string, Set<Subscriber>>()
  let closed = false

  const handlerOf = (name: string): Handler => {
    if (closed) throw new CqrsError('CLOSED', `The query bus is closed; it does not answer '${name}'.`)
    const handler = handlers.get(name)
    if (handler !== undefined) return handler
    const known = [...handlers.keys()].join(', ') || 'none yet'
    throw new CqrsError('UNKNOWN_QUERY', `There is no handler for query '${name}'; there are handlers for: ${known}.`)
  }
  const subscribersOf = (name: string): Set<Subscriber> => {
    const known = subscribers.get(name) ?? new Set()
    subscribers.set(name, known)
    return known
  }
  const matching = (name: string, filter: (params: never) => boolean): Subscriber[] =>
    [...(subscribers.get(name) ?? [])].filter(({ params }) => filter(params as never))

  const bus: QueryBus<Q> = {
    handle(name, answer, options = {}) {
      if (handlers.has(name)) {
        throw new CqrsError('INVALID_DEFINITION', `There is already a handler for query '${name}'.`)
      }
      handlers.set(name, { answer, versionOf: options.versionOf } as Handler)
    },
    query: async (name, params) => handlerOf(name).answer(params) as never,
    async subscribe(name, params, { bufferSize = DEFAULT_BUFFER_SIZE, signal } = {}) {
      requireWholeNumber({ bufferSize }, 1)
      const { answer, versionOf } = handlerOf(name)
      const ofQuery = subscribersOf(name)
      const close = (): void => subscription.close()
      const subscription = new QuerySubscription<unknown, unknown>({
        answer: async () => answer(params),
        allTold: () => connections.settled(),
        versionOf,
        bufferSize,
        onEnd: () => {
          ofQuery.delete(subscriber)
          signal?.removeEventListener('abort', close)
        },
      })
      const subscriber = { params, subscription }
      ofQuery.add(subscriber)
      signal?.addEventListener('abort', close)
      if (signal?.aborted === true) close()
      try {
        const initial = await subscription.settle()
        return { initial, updates: subscription, close } as never
      } catch (error) {
        close()
        throw error
      }
    },
    emit(name, filter, update) {
      const listening = matching(name, filter)
      if (listening.length === 0) return
      const made = typeof update === 'function' ? (update as () => unknown)() : update
      for (const { subscription } of listening) subscription.push(made)
    },
    complete(name, filter) {
      for (const { subscription } of matching(name, filter)) subscription.end()
    },
    close() {
      closed = true
      for (const ofQuery of subscribers.values()) for (const { subscription } of [...ofQuery]) subscription.close()
    },
  }
  return bus
}
