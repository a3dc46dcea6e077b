import { Consumer } from '@platformatic/kafka'

export interface PublishedEvent {
  readonly topic: string
  readonly key: string
  readonly eventId: string
  readonly eventType: string
}

/** With its place, and the case that it belongs to. */
export interface PlacedEvent extends PublishedEvent {
  readonly partition: number
  readonly offset: bigint
  readonly correlationId: string
}

const RECORDS_TOGETHER = 1_000

/** Every event of the topics from the beginning to where they end now, in the order of each partition. What is no event is left out. */
export const readTopics = async (bootstrapServers: string, topics: readonly string[]): Promise<PlacedEvent[]> => {
  const consumer = new Consumer({
    clientId: 'event-log',
    groupId: `event-log-${process.pid}-${Date.now()}`,
    bootstrapBrokers: [bootstrapServers],
    autocommit: false,
    maxBytes: 1024 * 1024,
    maxWaitTime: 100,
  })
  try {
    const ends = await consumer.listOffsets({ topics: [...topics] })
    const left = new Map<string, bigint>(
      [...ends].flatMap(([topic, offsets]) =>
        offsets.flatMap((end, partition) => (end > 0n ? [[`${topic}/${partition}`, end] as const] : [])),
      ),
    )
    const events: PlacedEvent[] = []
    if (left.size === 0) return events
    const stream = await consumer.consume({
      topics: [...topics],
      mode: 'earliest',
      fallbackMode: 'earliest',
      highWaterMark: RECORDS_TOGETHER,
    })
    for await (const { topic, partition, offset, key, value } of stream) {
      const event = eventIn(value)
      if (event !== undefined) events.push({ topic, partition, offset, key: key.toString(), ...event })
      const place = `${topic}/${partition}`
      if (offset + 1n >= (left.get(place) ?? 0n)) left.delete(place)
      if (left.size === 0) break
    }
    await stream.close()
    return events
  } finally {
    await consumer.close(true)
  }
}

type Envelope = Pick<PlacedEvent, 'eventId' | 'eventType' | 'correlationId'>

/** Stories put broken records into topics. */
const eventIn = (value: Buffer): Envelope | undefined => {
  try {
    const { eventId, eventType, correlationId } = JSON.parse(value.toString()) as Partial<Envelope>
    if (eventId === undefined || eventType === undefined || correlationId === undefined) return undefined
    return { eventId, eventType, correlationId }
  } catch {
    return undefined
  }
}
