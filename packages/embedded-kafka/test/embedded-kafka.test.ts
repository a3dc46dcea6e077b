import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testTopic, waitFor } from '../../../test/servers.ts'
import type { BrokerExit, EmbeddedKafka } from '../src/index.ts'
import { startEmbeddedKafka } from '../src/index.ts'
import { createTopic, receive, send } from './records.ts'

let dataDir: string
let kafka: EmbeddedKafka

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'stocker-kafka-'))
  kafka = await startEmbeddedKafka({ dataDir, port: 0 })
})

afterAll(async () => {
  await kafka?.stop()
  await rm(dataDir, { recursive: true, force: true })
})

test('what was sent before a stop is read after the next start, at the same address', async () => {
  const topic = testTopic('orders')
  const address = kafka.bootstrapServers
  await createTopic(address, topic)
  await send(address, topic, ['created', 'paid'])

  await kafka.stop()
  expect(kafka.running).toBe(false)
  await kafka.start()

  expect(kafka.bootstrapServers).toBe(address)
  expect(await receive(address, topic, 2)).toEqual(['created', 'paid'])
})

test('what was acknowledged before a kill -9 is read after the next start, and the topic takes more', async () => {
  const topic = testTopic('orders')
  await createTopic(kafka.bootstrapServers, topic)
  await send(kafka.bootstrapServers, topic, ['created', 'paid'])

  await kafka.kill()
  await kafka.start()

  await send(kafka.bootstrapServers, topic, ['delivered'])
  expect(await receive(kafka.bootstrapServers, topic, 3)).toEqual(['created', 'paid', 'delivered'])
})

test('a crash is told as unexpected, a stop as expected', async () => {
  const exits: BrokerExit[] = []
  const unsubscribe = kafka.onExit((exit) => exits.push(exit))

  process.kill(kafka.pid, 'SIGKILL')
  await waitFor(() => exits.length === 1, { what: 'the crash to be told' })
  await kafka.start()
  await kafka.stop()
  await waitFor(() => exits.length === 2, { what: 'the stop to be told' })
  unsubscribe()
  await kafka.start()

  expect(exits).toMatchObject([
    { signal: 'SIGKILL', expected: false },
    { signal: null, expected: true },
  ])
})

test('start while it runs and stop while it is stopped do nothing', async () => {
  const { pid } = kafka
  await Promise.all([kafka.start(), kafka.start()])
  expect(kafka.pid).toBe(pid)

  await Promise.all([kafka.stop(), kafka.stop()])
  await kafka.start()
  expect(kafka.pid).not.toBe(pid)
})

test('a data directory serves one broker at a time', async () => {
  await expect(startEmbeddedKafka({ dataDir, port: 0 })).rejects.toMatchObject({
    code: 'DATA_DIR_IN_USE',
    message: expect.stringContaining(`broker ${kafka.pid} of process ${process.pid}`),
  })
})

test('the broker writes its log to the file', async () => {
  expect(kafka.logFile).toBe(join(dataDir, 'broker.log'))
  expect(await readFile(kafka.logFile, 'utf8')).toContain('Kafka Server started')
})
