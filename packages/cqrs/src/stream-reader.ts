import type { AnyAggregate, StateOf } from './aggregate.ts'
import type { VersionedState } from './state-cache.ts'

type Streams = ReadonlyMap<string, { readonly aggregate: AnyAggregate }>

/** Groups loads naturally: those that come while a query is under way share the next one, so each sees all that was committed before it was asked for. */
export function createStreamReader(loadStreams: (streams: Streams) => Promise<ReadonlyMap<string, VersionedState>>) {
  let waiting = new Map<string, { readonly aggregate: AnyAggregate }>()
  let next: Promise<ReadonlyMap<string, VersionedState>> | null = null
  let underWay: Promise<unknown> = Promise.resolve()

  const loadWaiting = (): Promise<ReadonlyMap<string, VersionedState>> => {
    const streams = waiting
    waiting = new Map()
    next = null
    const loading = loadStreams(streams)
    underWay = loading.catch(() => {})
    return loading
  }

  return {
    async load<A extends AnyAggregate>(aggregate: A, stream: string): Promise<{ state: StateOf<A>; version: number }> {
      waiting.set(stream, { aggregate })
      next ??= underWay.then(loadWaiting)
      const loaded = (await next).get(stream)
      return { state: loaded?.state ?? aggregate.initial, version: loaded?.version ?? 0 }
    },
  }
}
