/** `[key, type, 'partition@offset']`: what a search by order id finds, at a seventh of the cost of a line per event. */
export type LoggedEvent = readonly [key: string | null, type: string, place: string]

export interface PlacedEvent {
  readonly topic: string
  readonly key: string | null
  readonly type: string
  readonly partition: number
  readonly offset: bigint
}

/** The events of one batch by topic, in their order, each as one log line needs it. */
export function eventsByTopic(events: readonly PlacedEvent[]): ReadonlyMap<string, readonly LoggedEvent[]> {
  const topics = new Map<string, LoggedEvent[]>()
  for (const { topic, key, type, partition, offset } of events) {
    const logged = topics.get(topic) ?? []
    if (logged.length === 0) topics.set(topic, logged)
    logged.push([key, type, `${partition}@${offset}`])
  }
  return topics
}
