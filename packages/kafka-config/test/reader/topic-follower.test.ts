import { createTopicFollower, KafkaProducerConfig, readGroupLag } from '@stocker/kafka-config'
import { afterEach, describe, expect, it } from 'vitest'
import { testTopic, waitFor } from '../../../../test/servers.ts'
import { createTopic, freshTopic, range, testConfig } from '../support.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function follower() {
  const config = testConfig()
  const sender = new KafkaProducerConfig(config).createSender()
  closing.push(() => sender.close())
  const seen: string[] = []
  const places: string[] = []
  const following = createTopicFollower(config, {
    onRecords: (records) => {
      seen.push(...records.map(({ value }) => String(value)))
      places.push(...records.map(({ partition, offset }) => `${partition}@${offset}`))
    },
    discoveryMs: 100,
  })
  closing.push(() => following.close())
  const send = (topic: string, values: readonly string[]) =>
    sender.sendAll(values.map((value) => ({ topic, key: value, value })))
  return { config, following, send, seen, places }
}

describe('following topics without a group', () => {
  it('begins at the end of a topic and gives every record from then on once, in the order of its partition', async () => {
    const { config, following, send, seen, places } = follower()
    const topic = await freshTopic(config, 'followed')
    await send(topic, ['before'])

    await following.follow([topic])
    const values = range(3_000).map((index) => `record-${index}`)
    await send(topic, values)

    await waitFor(() => seen.length >= values.length, { what: '3,000 records' })
    expect([...seen].sort()).toEqual([...values].sort())
    for (const ofPartition of Map.groupBy(places, (place) => place.split('@')[0]).values()) {
      const offsets = ofPartition.map((place) => Number(place.split('@')[1]))
      expect(offsets).toEqual(range(offsets.length).map((index) => index + (offsets[0] as number)))
    }
    // And nobody's place in the topic has changed by it.
    const groupId = config.consumer.groupId as string
    // A broker that has just started has no coordinator yet.
    const lag = await waitFor(() => readGroupLag(config, groupId, [topic]), { what: 'the lag of the group' })
    expect(lag.map(({ committed }) => committed)).toEqual(range(6).map(() => undefined))
  })

  it('goes on where it was when other topics are followed too, and reads a topic that comes later from its beginning', async () => {
    const { config, following, send, seen } = follower()
    const topic = await freshTopic(config, 'first', { partitions: 1 })
    const later = testTopic('later')
    await following.follow([topic])
    await send(topic, ['1', '2'])

    await following.follow([topic, later])
    await send(topic, ['3'])
    await createTopic(config, later, { partitions: 2 })
    await send(later, ['4'])

    await waitFor(() => seen.length === 4, { what: 'four records' })
    expect([...seen].sort()).toEqual(['1', '2', '3', '4'])
  })

  it('reads nothing of a topic that it follows no more, and begins at the end when it comes back', async () => {
    const { config, following, send, seen } = follower()
    const topic = await freshTopic(config, 'left', { partitions: 1 })
    await following.follow([topic])
    await send(topic, ['seen'])
    await waitFor(() => seen.length === 1, { what: 'the first record' })

    await following.follow([])
    await send(topic, ['missed'])
    await following.follow([topic])
    await send(topic, ['seen again'])

    await waitFor(() => seen.length === 2, { what: 'the third record' })
    expect(seen).toEqual(['seen', 'seen again'])
  })
})
