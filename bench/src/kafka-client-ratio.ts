import { setImmediate as nextTurn } from 'node:timers/promises'
import { Admin, Consumer, compatibilityPartitioner, Producer, stringSerializers } from '@platformatic/kafka'
import type { ProducerRecord } from '@stocker/kafka-config'
import { KafkaConfig, KafkaConsumerConfig, KafkaProducerConfig, KafkaTopicConfig } from '@stocker/kafka-config'
import { median } from './median.ts'

export interface RatioOptions {
  /** Records of one measurement of sending; reading takes four times as many. Default 50,000. */
  readonly records?: number
  /** Characters that pad each value. Default 350: a value of about 500 bytes, as the platform's events have. */
  readonly padding?: number
  /** Measured rounds, after one to warm up. Default 5. */
  readonly rounds?: number
}

export interface ClientRatios {
  /** Our listener's records/s by those of the better of the client's own ways of reading, its stream and a loop over its fetch. */
  readonly listenerRatio: number
  /** The same by a loop that keeps a fetch under way while it parses, written by hand for one topic and nothing else: what could be had at most. */
  readonly listenerRatioToReadAhead: number
  /** Our sender's records/s by those of the bare client's best way of sending. */
  readonly senderRatio: number
  /** Medians in records/s of every way that was measured. */
  readonly details: Readonly<Record<string, number>>
}

type Way = () => Promise<number>
/** Records/s of each way, round by round. */
type Rates = Readonly<Record<string, readonly number[]>>

const PARTITIONS = 6
const LIST = 1000
/** Reading is so much faster that less of it would measure the start. */
const READ_TIMES = 4
const MAX_BYTES = 512 * 1024

/**
 * What `kafka-config` costs over the client that it stands on: the same records, sent and read in turns by either, medians compared.
 * Both sides send keyed records with acks=all from an idempotent producer, and parse every value when reading. Reading is timed from the
 * first record to the last.
 */
export async function measureClientRatios(bootstrapServers: string, options: RatioOptions = {}): Promise<ClientRatios> {
  const { records: count = 50_000, padding = 350, rounds = 5 } = options
  const config = KafkaConfig.fromProperties(
    {
      'spring.kafka.bootstrap-servers': bootstrapServers,
      'spring.kafka.consumer.auto-offset-reset': 'earliest',
      'spring.kafka.consumer.value-deserializer': 'org.springframework.kafka.support.serializer.JsonDeserializer',
    },
    { defaultClientId: 'client-ratio' },
  )
  const suffix = `${Date.now().toString(36)}-${process.pid}`
  const names = { out: `client-ratio-out-${suffix}`, in: `client-ratio-in-${suffix}` }
  const topics = new KafkaTopicConfig(config, [
    { name: names.out, partitions: PARTITIONS },
    { name: names.in, partitions: PARTITIONS },
  ])
  await topics.ensureTopics()
  try {
    const values = events(count, padding)
    const senders = await measureSenders(config, bootstrapServers, names.out, values, rounds)
    const listeners = await measureListeners(config, bootstrapServers, names.in, values, rounds)
    return {
      listenerRatio: ratio(listeners, 'listener container', 'bare listener'),
      listenerRatioToReadAhead: ratio(listeners, 'listener container', 'read-ahead loop'),
      senderRatio: ratio(senders, 'sender sendAll', 'bare sender'),
      details: Object.fromEntries(
        Object.entries({ ...senders, ...listeners }).map(([name, rates]) => [name, Math.round(median(rates))]),
      ),
    }
  } finally {
    await topics.close()
    const admin = new Admin({ clientId: 'client-ratio', bootstrapBrokers: [bootstrapServers] })
    await admin.deleteTopics({ topics: Object.values(names) }).catch(() => undefined)
    await admin.close()
  }
}

function events(count: number, padding: number): readonly { readonly key: string; readonly value: string }[] {
  return Array.from({ length: count }, (_, index) => {
    const orderId = `order-${index % 5000}`
    const event = {
      eventId: `0198-${index}`,
      eventType: 'OrderCreatedEvent',
      eventVersion: 1,
      orderId,
      lines: [{ sku: 'A-1', quantity: 2 }],
      note: 'x'.repeat(padding),
    }
    return { key: orderId, value: JSON.stringify(event) }
  })
}

/** Every way once to warm up, then round after round in turn, so that what else the machine does hits them alike. */
async function inTurns(ways: Readonly<Record<string, Way>>, rounds: number): Promise<Rates> {
  const rates: Record<string, number[]> = {}
  for (let round = 0; round <= rounds; round++) {
    const names = Object.keys(ways)
    for (let i = 0; i < names.length; i++) {
      // Another one begins each time.
      const name = names[(i + round) % names.length] as string
      await nextTurn()
      const rate = await (ways[name] as Way)()
      if (round === 0) rates[name] = []
      else rates[name]?.push(rate)
    }
  }
  return rates
}

// Sending -------------------------------------------------------------------------------------------------------

async function measureSenders(
  config: KafkaConfig,
  bootstrapServers: string,
  topic: string,
  values: readonly { key: string; value: string }[],
  rounds: number,
): Promise<Rates> {
  const records: readonly ProducerRecord[] = values.map(({ key, value }) => ({ topic, key, value }))
  const sender = new KafkaProducerConfig(config).createSender()
  const bare = new Producer({
    clientId: 'client-ratio',
    bootstrapBrokers: [bootstrapServers],
    idempotent: true,
    retries: 100,
    retryDelay: 250,
    serializers: stringSerializers,
    partitioner: (message, key) => compatibilityPartitioner(message, Buffer.from(key as unknown as string)),
  })
  const timed = async (work: () => Promise<void>) => {
    const began = performance.now()
    await work()
    return (records.length / (performance.now() - began)) * 1000
  }
  const lists = Array.from({ length: Math.ceil(records.length / LIST) }, (_, index) =>
    records.slice(index * LIST, (index + 1) * LIST),
  )
  const messages = () => values.map(({ key, value }) => ({ topic, key, value }))
  try {
    return await inTurns(
      {
        'sender sendAll': () =>
          timed(async () => {
            for (const list of lists) await sender.sendAll(list)
          }),
        'sender sendAll, 4 at a time': () =>
          timed(
            async () =>
              void (await Promise.all(
                [0, 1, 2, 3].map(async (lane) => {
                  for (let i = lane; i < lists.length; i += 4)
                    await sender.sendAll(lists[i] as readonly ProducerRecord[])
                }),
              )),
          ),
        'bare sender send': () => {
          const all = messages()
          return timed(async () => {
            for (let i = 0; i < all.length; i += LIST) await bare.send({ messages: all.slice(i, i + LIST) })
          })
        },
        'bare sender asStream': () => {
          const all = messages()
          return timed(async () => {
            const stream = bare.asStream({ batchSize: LIST, batchTime: 5, highWaterMark: 4 * LIST })
            for (const message of all)
              if (!stream.write(message)) await new Promise((resolve) => stream.once('drain', resolve))
            await stream.close()
          })
        },
      },
      rounds,
    )
  } finally {
    await Promise.all([sender.close(), bare.close(true)])
  }
}

// Reading -------------------------------------------------------------------------------------------------------

async function measureListeners(
  config: KafkaConfig,
  bootstrapServers: string,
  topic: string,
  values: readonly { key: string; value: string }[],
  rounds: number,
): Promise<Rates> {
  const sender = new KafkaProducerConfig(config).createSender()
  for (let time = 0; time < READ_TIMES; time++) {
    for (let i = 0; i < values.length; i += LIST) {
      await sender.sendAll(values.slice(i, i + LIST).map(({ key, value }) => ({ topic, key, value })))
    }
  }
  await sender.close()
  const count = READ_TIMES * values.length
  let group = 0
  const groupId = () => `${topic}-${group++}`
  return inTurns(
    {
      'listener container': () => readByContainer(config, groupId(), topic, count),
      'bare listener fetch loop': () => readByFetchLoop(bootstrapServers, groupId(), topic, count, false),
      'read-ahead loop by hand': () => readByFetchLoop(bootstrapServers, groupId(), topic, count, true),
      'bare listener stream': () => readByStream(bootstrapServers, groupId(), topic, count),
    },
    rounds,
  )
}

/** Counts records and the time from the first to the last. */
function stopwatch(count: number) {
  const { promise, resolve } = Promise.withResolvers<number>()
  let began = 0
  let seen = 0
  return {
    done: promise,
    saw(records: number): boolean {
      if (seen === 0) began = performance.now()
      seen += records
      if (seen < count) return false
      resolve((count / (performance.now() - began)) * 1000)
      return true
    },
  }
}

async function readByContainer(config: KafkaConfig, groupId: string, topic: string, count: number): Promise<number> {
  const watch = stopwatch(count)
  await using container = new KafkaConsumerConfig(config).createListenerContainer({
    topics: [topic],
    groupId,
    listener: async (records) => void watch.saw(records.length),
  })
  await container.start()
  return await watch.done
}

function bareConsumer(bootstrapServers: string, groupId: string) {
  return new Consumer({
    clientId: 'client-ratio',
    groupId,
    bootstrapBrokers: [bootstrapServers],
    autocommit: false,
    maxBytes: MAX_BYTES,
    maxWaitTime: 100,
    isolationLevel: 0,
  })
}

async function readByStream(bootstrapServers: string, groupId: string, topic: string, count: number): Promise<number> {
  const watch = stopwatch(count)
  const consumer = bareConsumer(bootstrapServers, groupId)
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest' })
  stream.on('error', () => undefined)
  stream.on('data', (message) => {
    parsed(message.key, message.value)
    watch.saw(1)
  })
  const rate = await watch.done
  await consumer.close(true)
  return rate
}

/** The least that one can do: fetch requests one after the other, and JSON.parse. Neither group nor commits. */
async function readByFetchLoop(
  bootstrapServers: string,
  groupId: string,
  topic: string,
  count: number,
  ahead: boolean,
): Promise<number> {
  const watch = stopwatch(count)
  const consumer = bareConsumer(bootstrapServers, groupId)
  consumer.topics.track(topic)
  const metadata = await consumer.metadata({ topics: [topic] })
  const layout = metadata.topics.get(topic)
  const node = layout?.partitions[0]?.leader ?? 0
  const positions = new Array<bigint>(PARTITIONS).fill(0n)
  const fetch = () =>
    consumer.fetch({
      node,
      maxBytes: MAX_BYTES,
      topics: [
        {
          topicId: layout?.id ?? '',
          partitions: positions.map((fetchOffset, partition) => ({
            partition,
            fetchOffset,
            currentLeaderEpoch: -1,
            lastFetchedEpoch: -1,
            partitionMaxBytes: MAX_BYTES,
          })),
        },
      ],
    })
  let next = fetch()
  for (let done = false; !done; ) {
    const { responses } = await next
    const batches = responses.flatMap(({ partitions }) =>
      partitions.flatMap(({ partitionIndex, records }) => (records ?? []).map((batch) => ({ partitionIndex, batch }))),
    )
    for (const { partitionIndex, batch } of batches)
      positions[partitionIndex] = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
    if (ahead) next = fetch()
    for (const { batch } of batches) {
      for (const { key, value } of batch.records) parsed(key, value)
      done = watch.saw(batch.records.length) || done
    }
    if (!ahead && !done) next = fetch()
  }
  const rate = await watch.done
  if (ahead) await next
  await consumer.close(true)
  return rate
}

function parsed(key: Buffer | null | undefined, value: Buffer | null | undefined): unknown {
  return { key: key?.toString(), value: value ? JSON.parse(value.toString()) : null }
}

/** Medians compared: ours with the best of the bare ways. */
function ratio(rates: Rates, ours: string, bare: string): number {
  const medians = Object.entries(rates).flatMap(([name, measured]) => (name.startsWith(bare) ? [median(measured)] : []))
  return Math.round((median(rates[ours] ?? []) / Math.max(...medians)) * 100) / 100
}
