import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import {
  DEAD_LETTER_HEADERS,
  encodeInt32,
  encodeInt64,
  encodeText,
  KafkaProducerConfig,
  KafkaTopicConfig,
} from '@stocker/kafka-config'
import { afterEach, describe, expect, it } from 'vitest'
import { kafkaBootstrap, testTopic, waitFor } from '../../../test/servers.ts'
import { testConfig } from '../../kafka-config/test/support.ts'
import { CRASH_POINTS } from './crash-points.ts'
import type { CrashingArguments } from './crashing-process.ts'
import { useShop } from './shop.ts'

const SCRIPT = fileURLToPath(new URL('./crashing-process.ts', import.meta.url))
const { openDatabase, openStore } = useShop()
const alive = new Set<ReturnType<typeof fork>>()
afterEach(() => {
  for (const child of alive) child.kill('SIGKILL')
  alive.clear()
})

const KEYS = ['order-1', 'order-2', 'order-3']

function start(options: CrashingArguments): ReturnType<typeof fork> {
  const child = fork(SCRIPT, [JSON.stringify(options)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  alive.add(child)
  return child
}

/** Two dead letters of each key, and one that never can be handled. */
async function writeDeadLetters(topic: string, groupId: string): Promise<void> {
  const config = testConfig()
  await using topics = new KafkaTopicConfig(
    config,
    [topic, `${topic}-dlt`].map((name) => ({ name, partitions: 1 })),
  )
  await topics.ensureTopics()
  await using sender = new KafkaProducerConfig(config).createSender()
  const letters = [0, 1].flatMap((n) => KEYS.map((key) => ({ key, value: { n } as object })))
  const all = [...letters, { key: 'order-9', value: { n: 0, fails: true } }]
  await sender.sendAll(
    all.map(({ key, value }, offset) => ({
      topic: `${topic}-dlt`,
      key,
      value: JSON.stringify(value),
      headers: [
        { key: DEAD_LETTER_HEADERS.originalTopic, value: encodeText(topic) },
        { key: DEAD_LETTER_HEADERS.originalPartition, value: encodeInt32(0) },
        { key: DEAD_LETTER_HEADERS.originalOffset, value: encodeInt64(BigInt(offset)) },
        { key: DEAD_LETTER_HEADERS.originalConsumerGroup, value: encodeText(groupId) },
      ],
    })),
  )
}

describe('a process that is killed when', () => {
  it.each(CRASH_POINTS)(
    '%s, loses nothing: its successor goes on, each effect is there once, in the order of its key',
    async (crashAt) => {
      const { url: databaseUrl, pool } = await openDatabase()
      await pool.query(
        'create table effects (key text, n int, at bigint generated always as identity, primary key (key, n))',
      )
      const { queries, redrives } = openStore(pool)
      const topic = testTopic('crash')
      const groupId = `${topic}-group`
      const options = {
        bootstrapServers: kafkaBootstrap(),
        databaseUrl,
        groupId,
        topic,
        resultsTopic: `${topic}-results`,
      }
      await writeDeadLetters(topic, groupId)
      let signal: unknown
      const watched = start({ ...options, crashAt })
      watched.once('exit', (_code, by) => {
        signal = by
        start(options)
      })
      await waitFor(async () => (await queries.list({}, { limit: 10 })).length === 7, {
        what: 'the dead letters',
      })

      const { id } = await redrives.start({
        by: 'ada',
        reason: 'again',
        selection: { topic },
        ramp: [1],
        stopOnFailure: false,
      })
      const ended = await waitFor(
        async () => {
          const status = await redrives.find(id)
          return status.endedAt !== null && signal !== undefined && status
        },
        { what: 'the redrive has ended' },
      )

      expect(signal).toBe('SIGKILL')
      expect(ended).toMatchObject({ state: 'FINISHED', counts: { total: 7, handled: 6, failed: 1, released: 0 } })
      const { rows } = await pool.query<{ key: string; n: number }>('select key, n from effects order by key, at')
      expect(rows).toEqual(KEYS.flatMap((key) => [0, 1].map((n) => ({ key, n }))))
      const [failed] = await queries.list({ state: 'NEW' }, { limit: 10 })
      expect(failed).toMatchObject({ key: 'order-9', redrives: 1, redrivesLeft: 2 })
    },
    90_000,
  )
})
