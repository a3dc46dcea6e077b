import { KafkaProducerConfig, readGroupLag, TopicReader } from '@stocker/kafka-config'
import { afterEach, describe, expect, it } from 'vitest'
import { freshTopic, range, testConfig } from '../../../../packages/kafka-config/test/support.ts'
import { waitFor } from '../../../../test/servers.ts'
import { UNMASKED } from '../../src/access/masking.ts'
import type { BrowseLimits } from '../../src/messages/browse/browse.ts'
import { explainSearch } from '../../src/messages/explain-search.ts'
import { messageMask } from '../../src/messages/message-mask.ts'
import type { SearchParameters } from '../../src/messages/message-schemas.ts'
import { messageQuery } from '../../src/messages/message-schemas.ts'
import { MessageSearch, scopeOf } from '../../src/messages/message-search.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const BEGIN = Date.parse('2026-03-01T12:00:00Z')

/** A topic of three partitions in which the records of a time row stand as they come: record n is n seconds after the begin, of key `key-<n % 7>`. */
async function topicWith(count: number, limits?: BrowseLimits) {
  const config = testConfig()
  const topic = await freshTopic(config, 'browsed', { partitions: 3 })
  const sender = new KafkaProducerConfig(config).createSender()
  closing.push(() => sender.close())
  await sender.sendAll(
    range(count).map((n) => ({
      topic,
      key: `key-${n % 7}`,
      timestamp: BigInt(BEGIN + n * 1_000),
      value: JSON.stringify({ eventId: `e-${n}`, eventType: n % 10 === 0 ? 'TenthEvent' : 'OtherEvent', n }),
      headers: n % 100 === 0 ? [{ key: 'source', value: Buffer.from(`import ${n}`) }] : [],
    })),
  )
  const reader = new TopicReader(config)
  closing.push(() => reader.close())
  const search = new MessageSearch(reader)
  const look = async (parameters: SearchParameters) => {
    const query = messageQuery(topic, parameters, BEGIN)
    const plan = await search.plan(query)
    const shown: number[] = []
    for await (const event of search.search(query, plan, messageMask(UNMASKED), { ...(limits && { limits }) })) {
      if (event.kind === 'message') shown.push(Number((event.message.view.value?.json as { n?: number })?.n))
      if (event.kind === 'done') return { shown, plan, done: event, explanation: explainSearch(scopeOf(plan), event) }
    }
    throw new Error('never done')
  }
  return { config, topic, sender, search, look }
}

describe('looking into a topic', () => {
  it('shows the newest records of all partitions by time, and goes on where a page ended', async () => {
    const { look } = await topicWith(1_000)

    const first = await look({ limit: 10 })
    const second = await look({ limit: 5, cursor: first.done.cursor as string })

    expect(first.shown).toEqual(range(10).map((n) => 999 - n))
    expect(second.shown).toEqual(range(5).map((n) => 989 - n))
    expect(first.done.end).toBe('limit')
  })

  it('shows every record exactly once from page to page, in both directions', async () => {
    const { look } = await topicWith(500)

    for (const [from, expected] of [
      ['latest', range(500).toReversed()],
      ['earliest', range(500)],
    ] as const) {
      const seen: number[] = []
      let cursor: string | undefined
      do {
        const { shown, done } = await look({ from, limit: 77, ...(cursor !== undefined && { cursor }) })
        seen.push(...shown)
        cursor = done.cursor
      } while (cursor !== undefined)
      expect(seen).toEqual(expected)
    }
  })

  it('begins at a time, ends at a time, and begins at an offset of a partition', async () => {
    const { look } = await topicWith(300)

    const between = await look({ from: '2026-03-01T12:01:00Z', to: '2026-03-01T12:01:05Z' })
    const before = await look({ to: '2026-03-01T12:00:03Z' })
    const all = await look({ from: 'earliest', partition: 1, limit: 500 })
    const fromOffset = await look({ from: 'offset:5', partition: 1, limit: 500 })

    expect(between.shown).toEqual([60, 61, 62, 63, 64])
    expect(before.shown).toEqual([2, 1, 0])
    expect(fromOffset.shown).toEqual(all.shown.slice(5))
  })

  it('reads for a key only the partition where it belongs', async () => {
    const { look } = await topicWith(700)

    const { shown, plan, done, explanation } = await look({ key: 'key-3', from: 'earliest', limit: 500 })
    const nobody = await look({ key: 'nobody' })

    expect(shown).toEqual(range(100).map((n) => n * 7 + 3))
    expect(plan.ranges).toHaveLength(1)
    expect(done.records).toBeLessThan(700)
    expect(explanation).toMatch(
      /^Read [\d,]+ records of .* partition \d, the oldest first: 100 shown, no more found\.$/,
    )
    expect(nobody.explanation).toMatch(
      /and found none: \d+ have another key\. Only partition \d was read, where Kafka’s partitioner puts this key; a producer with another one may have put it elsewhere\.$/,
    )
    expect((await look({ key: 'nobody', everyPartition: true })).done).toMatchObject({
      records: 700,
      missed: { key: 700 },
    })
  })

  it('finds by type, header and field, and says why the others are not shown', async () => {
    const { look, sender, topic } = await topicWith(1_000)
    await sender.send({ topic, key: 'key-1', timestamp: BigInt(BEGIN), value: 'no json' })

    expect((await look({ type: 'TenthEvent', limit: 3 })).shown).toEqual([990, 980, 970])
    expect((await look({ header: 'source', limit: 2 })).shown).toEqual([900, 800])
    expect((await look({ header: 'source=IMPORT 3' })).shown).toEqual([300])
    expect((await look({ filter: 'n>=997' })).shown).toEqual([999, 998, 997])
    const { done, explanation } = await look({ filter: 'n=-1' })
    expect(done).toMatchObject({ end: 'end', records: 1_001, matched: 0, missed: { filter: 1_000, unreadable: 1 } })
    expect(explanation).toContain('Read 1,001 records of')
    expect(explanation).toContain(
      'found none: 1,000 do not fulfil the filter, 1 hold no JSON whose fields could be compared.',
    )
  })

  it('reads no more than a search may, says so, and goes on from there', async () => {
    const { look } = await topicWith(2_000, { records: 400, bytes: 1e9, elapsedMs: 60_000 })

    const first = await look({ filter: 'n=3', from: 'earliest', key: 'key-0', everyPartition: true })
    expect(first.shown).toEqual([])
    expect(first.done.end).toBe('records')
    expect(first.done.records).toBeGreaterThanOrEqual(400)
    expect(first.done.records).toBeLessThan(2_000)
    expect(first.explanation).toContain('as many records as one search may; there is more to read')

    let cursor = first.done.cursor
    let read = first.done.records
    while (cursor !== undefined) {
      const { done } = await look({ filter: 'n=3', key: 'key-0', everyPartition: true, cursor })
      read += done.records
      cursor = done.cursor
    }
    expect(read).toBe(2_000)
  })

  it('says of an empty topic that there is nothing, and commits nothing anywhere', async () => {
    const { look, config, topic } = await topicWith(0)

    expect((await look({})).explanation).toBe(`There is nothing to read in ${topic}, the newest first.`)
    const lag = await waitFor(() => readGroupLag(config, config.consumer.groupId as string, [topic]), {
      what: 'the lag',
    })
    expect(lag.every(({ committed }) => committed === undefined)).toBe(true)
  })

  it('finds one record by its place, and says what is there instead of one that is not', async () => {
    const { search, topic } = await topicWith(30)

    expect(await search.find(topic, 0, 1n)).toMatchObject({ topic, partition: 0, offset: 1n })
    await expect(search.find(topic, 0, 999n)).rejects.toMatchObject({
      code: 'MESSAGE_NOT_FOUND',
      message: expect.stringMatching(/partition 0 has no record at offset 999: it holds 0 to \d+$/),
    })
    await expect(search.find(topic, 3, 0n)).rejects.toMatchObject({ code: 'PARTITION_NOT_FOUND' })
    await expect(search.find(`${topic}-none`, 0, 0n)).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' })
  })
})
