import { Consumer } from '@platformatic/kafka'

export interface PublishedEvent {
  readonly topic: string
  readonly key: string
  readonly eventId: string
  readonly eventType: string
}

const RECORDS_TOGETHER = 1_000

/** Every record of the topics from the beginning to where they end now, in the order of each partition. */
export const readTopics = async (bootstrapServers: string, topics: readonly string[]): Promise<PublishedEvent[]> => {
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
    const events: PublishedEvent[] = []
    if (left.size === 0) return events
    const stream = await consumer.consume({
      topics: [...topics],
      mode: 'earliest',
      fallbackMode: 'earliest',
      highWaterMark: RECORDS_TOGETHER,
    })
    for await (const { topic, partition, offset, key, value } of stream) {
      const { eventId, eventType } = JSON.parse(value.toString()) as { eventId: string; eventType: string }
      events.push({ topic, key: key.toString(), eventId, eventType })
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
