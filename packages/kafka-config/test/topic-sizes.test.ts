import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { topicSizes } from '../src/index.ts'
import { useListeners } from './listeners.ts'
import { freshTopic, testConfig } from './support.ts'
import { quickConfig } from './support-config.ts'

const { openSender } = useListeners()

test('the size of a topic is what its partitions take on disk', async () => {
  // given two topics, in one of which are 100 records of 1,000 bytes each that cannot be compressed
  const config = testConfig()
  const full = await freshTopic(config, 'full', { partitions: 2 })
  const empty = await freshTopic(config, 'empty')
  const records = Array.from({ length: 100 }, (_, n) => ({
    topic: full,
    partition: n % 2,
    value: randomBytes(500).toString('hex'),
  }))
  await openSender(config).sendAll(records)
  // when the brokers are asked
  const { bytes, problems } = await topicSizes(config)
  // then it is that and little more
  expect(problems).toEqual([])
  expect(Number(bytes.get(full))).toBeGreaterThanOrEqual(100_000)
  expect(Number(bytes.get(full))).toBeLessThan(120_000)
  expect(bytes.get(empty) ?? 0n).toBe(0n)
})

test('a cluster that nobody answers for is an error, not a size', async () => {
  const away = quickConfig('127.0.0.1:1', 'nobody')
  await expect(topicSizes(away)).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
})
