import type { InFlightRecord } from '@stocker/alerting'
import type { ListenerView } from '@stocker/service-kit'
import type { CallService } from '../service-calls.ts'
import type { WatchedService } from '../watched-services.ts'

/** What a service says of its listener; why it says nothing. */
export type KnownListener =
  | { readonly service: string; readonly listener: ListenerView; readonly problem?: undefined }
  | { readonly service: string; readonly listener?: undefined; readonly problem: string }

/** Asks all services that read topics, at the same time. By consumer group. */
export async function askListeners(
  services: readonly WatchedService[],
  call: CallService,
): Promise<ReadonlyMap<string, KnownListener>> {
  const answers = await Promise.all(
    services
      .filter(({ reads }) => reads.length > 0)
      .map(async (service): Promise<[string, KnownListener]> => {
        try {
          const listener = await call<ListenerView>(service, '/ops/listener')
          return [listener.groupId, { service: service.name, listener }]
        } catch (error) {
          const problem = error instanceof Error ? error.message : String(error)
          return [service.consumerGroup, { service: service.name, problem }]
        }
      }),
  )
  return new Map(answers)
}

/** What the listeners have in hand, as the evaluation of groups wants it. */
export function inFlightOf(listeners: ReadonlyMap<string, KnownListener>): readonly InFlightRecord[] {
  return [...listeners].flatMap(([group, { service, listener }]) =>
    (listener?.inHand ?? []).map(({ topic, partition, offset, since, type }) => ({
      group,
      topic,
      partition,
      offset: BigInt(offset),
      sinceMs: Date.parse(since),
      handler: type === undefined ? service : `${service}/${type}`,
    })),
  )
}
