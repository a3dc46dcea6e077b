import { Admin } from '@platformatic/kafka'
import { KafkaTopicConfig } from '@stocker/kafka-config'
import { afterAll, describe, expect, it } from 'vitest'
import { kafkaBootstrap, testTopic, waitFor } from '../../../test/servers.ts'
import { recordingLogger, testConfig } from './support.ts'

const admin = new Admin({ clientId: 'test', bootstrapBrokers: [kafkaBootstrap()] })
afterAll(() => admin.close())

async function partitionsOf(topic: string): Promise<number | undefined> {
  const metadata = await admin.metadata({ topics: [topic], forceUpdate: true })
  return metadata.topics.get(topic)?.partitionsCount
}

async function settingOf(topic: string, name: string): Promise<unknown> {
  const [described] = await admin.describeConfigs({ resources: [{ resourceType: 2, resourceName: topic }] })
  return described?.configs.find((config) => config.name === name)?.value
}

async function ensure(
  topics: ConstructorParameters<typeof KafkaTopicConfig>[1],
  properties: Record<string, string> = {},
) {
  const logger = recordingLogger()
  await using config = new KafkaTopicConfig(testConfig(properties), topics, { logger })
  return { report: await config.ensureTopics(), logger }
}

describe('declared topics', () => {
  it('are created with their partitions and settings; what is left out is the broker’s default', async () => {
    const [orders, products] = [testTopic('orders'), testTopic('products')]
    const { report } = await ensure([
      { name: orders, partitions: 3 },
      { name: products, configs: { 'cleanup.policy': 'compact' } },
    ])
    expect(report).toEqual({ created: [orders, products], increased: [], altered: [], differences: [], pending: false })
    await waitFor(async () => (await partitionsOf(orders)) === 3, { what: 'three partitions' })
    expect(await partitionsOf(products)).toBe(1)
    expect(await settingOf(products, 'cleanup.policy')).toBe('compact')
  })

  it('that exist as declared are left alone', async () => {
    const name = testTopic('as-declared')
    const declared = [{ name, partitions: 2, replicas: 1, configs: { 'retention.ms': '60000' } }]
    await ensure(declared)
    const { report } = await ensure(declared)
    expect(report).toEqual({ created: [], increased: [], altered: [], differences: [], pending: false })
  })

  it('get more partitions but never fewer', async () => {
    const name = testTopic('partitions')
    await ensure([{ name, partitions: 2 }])
    expect((await ensure([{ name, partitions: 4 }])).report.increased).toEqual([name])
    await waitFor(async () => (await partitionsOf(name)) === 4, { what: 'four partitions' })
    const { report, logger } = await ensure([{ name, partitions: 2 }])
    expect(report.differences).toEqual([{ topic: name, what: 'partitions', declared: '2', actual: '4' }])
    expect(await partitionsOf(name)).toBe(4)
    expect(logger.lines).toMatchObject([{ level: 'info', message: expect.stringContaining('left as it is') }])
  })

  it('keep their settings unless admin.modify-topic-configs=true', async () => {
    const name = testTopic('settings')
    await ensure([{ name, configs: { 'retention.ms': '60000' } }])
    const changed = [{ name, configs: { 'retention.ms': '120000' } }]
    expect((await ensure(changed)).report.differences).toEqual([
      { topic: name, what: 'retention.ms', declared: '120000', actual: '60000' },
    ])
    expect(await settingOf(name, 'retention.ms')).toBe('60000')
    const { report } = await ensure(changed, { 'spring.kafka.admin.modify-topic-configs': 'true' })
    expect(report).toMatchObject({ altered: [name], differences: [] })
    await waitFor(async () => (await settingOf(name, 'retention.ms')) === '120000', { what: 'the new setting' })
  })

  it('with a setting or replication that the broker cannot give are an error that names the topic', async () => {
    const name = testTopic('impossible')
    await expect(ensure([{ name, configs: { 'retention.hours': '1' } }])).rejects.toMatchObject({
      code: 'TOPIC_CONFLICT',
      message: expect.stringContaining(name),
    })
    await expect(ensure([{ name, replicas: 5 }])).rejects.toMatchObject({ code: 'TOPIC_CONFLICT' })
    await ensure([{ name }])
    await expect(ensure([{ name, configs: { 'retention.hours': '1' } }])).rejects.toMatchObject({
      code: 'TOPIC_CONFLICT',
      message: expect.stringContaining('retention.hours'),
    })
  })

  it('of several processes at once are created once', async () => {
    const name = testTopic('race')
    const reports = await Promise.all([1, 2, 3, 4].map(() => ensure([{ name, partitions: 2 }])))
    expect(reports.flatMap(({ report }) => report.created)).toEqual([name])
  })

  it('are nobody’s business with admin.auto-create=false', async () => {
    const name = testTopic('manual')
    const { report } = await ensure([{ name }], { 'spring.kafka.admin.auto-create': 'false' })
    expect(report.created).toEqual([])
  })

  it('with an unreachable broker are tried on in the background, or an error with admin.fail-fast=true', async () => {
    const nowhere = { 'spring.kafka.bootstrap-servers': '127.0.0.1:1' }
    expect((await ensure([{ name: 'orders' }], nowhere)).report).toMatchObject({ pending: true, created: [] })
    await expect(
      ensure([{ name: 'orders' }], { ...nowhere, 'spring.kafka.admin.fail-fast': 'true' }),
    ).rejects.toMatchObject({
      code: 'BROKER_UNREACHABLE',
      retryable: true,
    })
  })
})
