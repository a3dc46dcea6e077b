import type { ClusterMonitor, ConsumerGroupSample, GroupPartitionSample } from '@stocker/kafka-config/monitor'
import { createClusterMonitor, exporterSeries, planReset, resetOffsets } from '@stocker/kafka-config/monitor'
import { afterEach, describe, expect, test } from 'vitest'
import { kafkaBootstrap, waitFor } from '../../../../test/servers.ts'
import { useListeners } from '../listeners.ts'
import { freshTopic, range, recordingLogger, testConfig, uniqueGroup } from '../support.ts'
import { quickConfig } from '../support-config.ts'
import { TcpProxy } from '../tcp-proxy.ts'

const { listen, openSender } = useListeners()
const config = testConfig()
const open: ClusterMonitor[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((monitor) => monitor.stop()))
})
const newMonitor = (...args: Partial<Parameters<typeof createClusterMonitor>>): ClusterMonitor => {
  const monitor = createClusterMonitor(args[0] ?? config, args[1])
  open.push(monitor)
  return monitor
}

const groupIn = async (monitor: ClusterMonitor, name: string): Promise<ConsumerGroupSample> => {
  const sample = await monitor.sample()
  const found = sample.groups.find(({ group }) => group === name)
  if (found === undefined) throw new Error(`${name} is not there: ${sample.problems.join('; ')}`)
  return found
}
const only = async (monitor: ClusterMonitor, group: string): Promise<GroupPartitionSample> => {
  const { partitions } = await groupIn(monitor, group)
  expect(partitions).toHaveLength(1)
  return partitions[0] as GroupPartitionSample
}

/** Records of one partition, as many milliseconds old as it is said. Returns at what time. */
const fill = async (topic: string, agesMs: readonly number[]): Promise<number> => {
  const at = Date.now()
  await openSender(config).sendAll(
    agesMs.map((age, index) => ({
      topic,
      partition: 0,
      key: `k-${index}`,
      value: JSON.stringify({ index }),
      timestamp: BigInt(at - age),
    })),
  )
  return at
}

describe('the lag of a group', () => {
  test('is exact in records and in seconds, with a record a minute and with 5,000 a second, wherever in a batch it stands', async () => {
    // given: a slow partition with a record per minute, and a fast one with four seconds of 5,000 records each
    const monitor = newMonitor()
    const slow = await freshTopic(config, 'slow', { partitions: 1 })
    const fast = await freshTopic(config, 'fast', { partitions: 1 })
    const slowAt = await fill(slow, [180_000, 120_000, 60_000])
    const fastAt = await fill(
      fast,
      range(20_000).map((index) => 4_000 - Math.floor(index / 5)),
    )
    const group = uniqueGroup()

    for (const { topic, offset, lag, firstAt } of [
      { topic: slow, offset: 1n, lag: 2n, firstAt: slowAt - 120_000 },
      { topic: slow, offset: 2n, lag: 1n, firstAt: slowAt - 60_000 },
      { topic: slow, offset: 3n, lag: 0n, firstAt: undefined },
      { topic: fast, offset: 1n, lag: 19_999n, firstAt: fastAt - 4_000 },
      { topic: fast, offset: 10_003n, lag: 9_997n, firstAt: fastAt - 2_000 },
      { topic: fast, offset: 19_999n, lag: 1n, firstAt: fastAt - 1 },
    ]) {
      // when
      await resetOffsets(config, group, [{ topic, partition: 0, after: offset }])
      const { atMs, groups } = await monitor.sample()

      // then
      const partitions = groups.find((each) => each.group === group)?.partitions
      const lagSeconds = firstAt === undefined ? 0 : (atMs - firstAt) / 1000
      expect(partitions?.find((each) => each.topic === topic)).toMatchObject({ committed: offset, lag, lagSeconds })
    }
  })

  test('is that of all records that are there while it has never committed, also when its first one hangs', async () => {
    const monitor = newMonitor()
    const group = uniqueGroup()
    const topic = await freshTopic(config, 'first', { partitions: 1 })
    await fill(topic, [30_000, 0])
    const handled = Promise.withResolvers<void>()
    const { container } = listen(quickConfig(kafkaBootstrap(), group), [topic], { listener: () => handled.promise })
    await container.start()
    try {
      await waitFor(() => container.inHand().length === 1, { what: 'the hanging record' })

      const { committed, lag, lagSeconds } = await only(monitor, group)

      expect(committed).toBeNull()
      expect(lag).toBe(2n)
      expect(lagSeconds).toBeGreaterThanOrEqual(30)
      expect(container.inHand()).toMatchObject([{ records: 2, first: { topic, partition: 0, offset: 0n } }])
    } finally {
      handled.resolve()
    }
  })

  test('is still known when its members left before they ever committed', async () => {
    const monitor = newMonitor()
    const group = uniqueGroup()
    const topic = await freshTopic(config, 'left-early', { partitions: 1 })
    const { container } = listen(quickConfig(kafkaBootstrap(), group), [topic])
    await container.start()
    await waitFor(async () => (await groupIn(monitor, group)).partitions.length === 1, { what: 'its partition' })
    await container.stop()
    await fill(topic, [20_000])

    const left = await only(monitor, group)
    expect(left).toMatchObject({ committed: null, lag: 1n })
    expect(left.lagSeconds).toBeGreaterThanOrEqual(20)
  })

  test('is never negative: a group that is ahead of the end of its partition has none', async () => {
    const monitor = newMonitor()
    const group = uniqueGroup()
    const topic = await freshTopic(config, 'short', { partitions: 1 })
    await fill(topic, [0])
    await resetOffsets(config, group, [{ topic, partition: 0, after: 5n }])
    expect(await only(monitor, group)).toMatchObject({ lag: 0n, lagSeconds: 0 })
  })

  test('has no seconds where nobody is about to read: a topic that the members left behind', async () => {
    const monitor = newMonitor()
    const group = uniqueGroup()
    const [read, left] = [
      await freshTopic(config, 'read', { partitions: 1 }),
      await freshTopic(config, 'left', { partitions: 1 }),
    ]
    await fill(left, [60_000])
    await resetOffsets(config, group, [{ topic: left, partition: 0, after: 0n }])
    const { container } = listen(quickConfig(kafkaBootstrap(), group), [read])
    await container.start()
    const sample = await waitFor(
      async () => {
        const found = await groupIn(monitor, group)
        return found.members.some(({ partitions }) => partitions.length > 0) && found
      },
      { what: 'a member with its partition' },
    )
    const of = (topic: string) => sample.partitions.find((each) => each.topic === topic)
    expect(of(left)).toMatchObject({ lag: 1n, lagSeconds: undefined })
    expect(of(read)).toMatchObject({ committed: null, lag: 0n, lagSeconds: 0 })
    expect(sample.members).toMatchObject([{ partitions: [{ topic: read, partition: 0 }] }])
  })
})

test('members come and go: a group says how many it has, and what state it is in', async () => {
  const monitor = newMonitor()
  const group = uniqueGroup()
  const topic = await freshTopic(config, 'members', { partitions: 2 })
  const { container } = listen(quickConfig(kafkaBootstrap(), group), [topic])
  await fill(topic, [0])
  await container.start()
  await waitFor(async () => (await groupIn(monitor, group)).state === 'Stable', { what: 'a stable group' })
  expect((await groupIn(monitor, group)).members).toMatchObject([{ clientId: group, partitions: [{}, {}] }])
  await waitFor(async () => (await groupIn(monitor, group)).partitions[0]?.committed === 1n, { what: 'the commit' })

  await container.stop()

  expect(await groupIn(monitor, group)).toMatchObject({ state: 'Empty', members: [] })
})

describe('the exporter’s metrics', () => {
  test('have kafka_exporter’s names, labels and values', async () => {
    const monitor = newMonitor()
    const group = uniqueGroup()
    const topic = await freshTopic(config, 'exported', { partitions: 2 })
    await fill(topic, [10_000, 5_000, 0])
    await resetOffsets(config, group, [
      { topic, partition: 0, after: 1n },
      { topic, partition: 1, after: 0n },
    ])

    const series = exporterSeries(await monitor.sample())

    const of = (name: keyof typeof series) =>
      series[name].filter(({ labels }) => labels.topic === topic || labels.consumergroup === group)
    const p0 = { topic, partition: '0' }
    const p1 = { topic, partition: '1' }
    expect(series.kafka_brokers).toEqual([{ labels: {}, value: 1 }])
    expect(of('kafka_topic_partitions')).toEqual([{ labels: { topic }, value: 2 }])
    for (const [name, values] of Object.entries({
      kafka_topic_partition_current_offset: [3, 0],
      kafka_topic_partition_oldest_offset: [0, 0],
      kafka_topic_partition_in_sync_replica: [1, 1],
      kafka_topic_partition_replicas: [1, 1],
      kafka_topic_partition_leader: [1, 1],
      kafka_topic_partition_leader_is_preferred: [1, 1],
      kafka_topic_partition_under_replicated_partition: [0, 0],
    })) {
      expect([name, of(name as keyof typeof series)]).toEqual([
        name,
        [p0, p1].map((labels, index) => ({ labels, value: values[index] })),
      ])
    }
    const consumergroup = group
    expect(of('kafka_consumergroup_current_offset')).toEqual([
      { labels: { consumergroup, ...p0 }, value: 1 },
      { labels: { consumergroup, ...p1 }, value: 0 },
    ])
    expect(of('kafka_consumergroup_current_offset_sum')).toEqual([{ labels: { consumergroup, topic }, value: 1 }])
    expect(of('kafka_consumergroup_lag').map(({ value }) => value)).toEqual([2, 0])
    expect(of('kafka_consumergroup_lag_sum')).toEqual([{ labels: { consumergroup, topic }, value: 2 }])
    expect(of('kafka_consumergroup_members')).toEqual([{ labels: { consumergroup }, value: 0 }])
    const seconds = of('kafka_consumergroup_group_lag_seconds')
    expect(seconds.map(({ labels }) => labels)).toEqual([
      { group, consumergroup, ...p0 },
      { group, consumergroup, ...p1 },
    ])
    expect(seconds[0]?.value).toBeGreaterThanOrEqual(5)
    expect(seconds[1]?.value).toBe(0)
  })

  test('tell of replicas that are out of sync, and of a partition that nobody leads', () => {
    const partition = { topic: 't', partition: 0, replicas: [1, 2, 3], logStart: undefined, head: undefined }
    const series = exporterSeries({
      atMs: 0,
      brokers: [{ nodeId: 1, host: 'a', port: 9092 }],
      topics: [
        {
          topic: 't',
          internal: false,
          partitions: [
            { ...partition, leader: 2, inSync: [2, 3], logStart: 0n, head: 7n },
            { ...partition, partition: 1, leader: -1, inSync: [] },
          ],
        },
      ],
      groups: [],
      problems: [],
    })
    const values = (name: keyof typeof series) => series[name].map(({ value }) => value)
    expect(values('kafka_topic_partition_under_replicated_partition')).toEqual([1, 1])
    expect(values('kafka_topic_partition_leader')).toEqual([2, -1])
    expect(values('kafka_topic_partition_leader_is_preferred')).toEqual([0, 0])
    expect(values('kafka_topic_partition_in_sync_replica')).toEqual([2, 0])
    expect(values('kafka_topic_partition_current_offset')).toEqual([7])
  })
})

test('a cluster that is away is a sample without brokers; what was away is seen again by itself', async () => {
  await using proxy = await TcpProxy.start()
  const logger = recordingLogger()
  const away = quickConfig(`127.0.0.1:${proxy.port}`, uniqueGroup())
  const monitor = newMonitor(away, { intervalMs: 50, timeoutMs: 1_000, logger })
  monitor.start()
  await waitFor(() => monitor.latest.atMs > 0, { what: 'the first look' })
  expect(monitor.latest).toMatchObject({ brokers: [], topics: [], groups: [] })
  expect(monitor.latest.problems).toHaveLength(1)
  expect(exporterSeries(monitor.latest).kafka_brokers).toEqual([{ labels: {}, value: 0 }])

  proxy.forwardTo(Number(kafkaBootstrap().split(':')[1]))

  await waitFor(() => monitor.latest.brokers.length === 1, { what: 'the broker' })
  await monitor.stop()
  expect(logger.lines.map(({ message }) => message)).toEqual([
    'the cluster does not answer; trying on',
    'the cluster answers again',
  ])
})

describe('a reset', () => {
  test('says first what it would do: to the ends, an offset, a time, a duration, or by a number of records', async () => {
    const topic = await freshTopic(config, 'planned', { partitions: 1 })
    const group = uniqueGroup()
    await fill(topic, [600_000, 300_000, 60_000, 0])
    await resetOffsets(config, group, [{ topic, partition: 0, after: 2n }])
    const at = Date.now()
    const plan = async (target: Parameters<typeof planReset>[3]) => {
      const [planned] = await planReset(config, group, [{ topic, partition: 0 }], target, at)
      expect(planned).toMatchObject({ topic, partition: 0, before: 2n, logStart: 0n, head: 4n })
      return planned?.after
    }
    expect(await plan({ to: 'earliest' })).toBe(0n)
    expect(await plan({ to: 'latest' })).toBe(4n)
    expect(await plan({ to: 'offset', offset: 3n })).toBe(3n)
    expect(await plan({ to: 'offset', offset: 99n })).toBe(4n)
    expect(await plan({ to: 'timestamp', timestampMs: at - 400_000 })).toBe(1n)
    expect(await plan({ to: 'timestamp', timestampMs: at + 400_000 })).toBe(4n)
    expect(await plan({ to: 'duration', durationMs: 100_000 })).toBe(2n)
    expect(await plan({ to: 'shift', by: -1n })).toBe(1n)
    expect(await plan({ to: 'shift', by: -9n })).toBe(0n)
  })

  test('is refused while the group has members, and takes effect when they have left', async () => {
    const topic = await freshTopic(config, 'reset', { partitions: 1 })
    const group = uniqueGroup()
    await fill(topic, [0, 0, 0])
    const own = quickConfig(kafkaBootstrap(), group)
    const { container, records } = listen(own, [topic])
    await container.start()
    await waitFor(() => records.length === 3, { what: 'three records' })
    const target = [{ topic, partition: 0, after: 1n }]

    await expect(resetOffsets(config, group, target)).rejects.toMatchObject({
      code: 'GROUP_NOT_EMPTY',
      message: expect.stringContaining(group),
    })
    await container.stop()
    await resetOffsets(config, group, target)

    const again = listen(own, [topic])
    await again.container.start()
    await waitFor(() => again.records.length === 2, { what: 'the records from there on' })
    expect(again.records.map(({ offset }) => offset)).toEqual([1n, 2n])
  })
})
