import { Admin, Consumer, Producer } from '@platformatic/kafka'
import { waitFor } from '../../../test/servers.ts'

const CLIENT_ID = 'embedded-kafka-test'

export async function createTopic(bootstrapServers: string, topic: string): Promise<void> {
  const admin = new Admin({ clientId: CLIENT_ID, bootstrapBrokers: [bootstrapServers] })
  try {
    await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 })
  } finally {
    await admin.close()
  }
}

/** Sends the values in order and waits until the broker has taken them (acks=all). */
export async function send(bootstrapServers: string, topic: string, values: readonly string[]): Promise<void> {
  const producer = new Producer({ clientId: CLIENT_ID, bootstrapBrokers: [bootstrapServers], idempotent: true })
  try {
    await producer.send({ messages: values.map((value) => ({ topic, value: Buffer.from(value) })) })
  } finally {
    await producer.close()
  }
}

/** The first `count` values of the topic, read by a new group. */
export async function receive(bootstrapServers: string, topic: string, count: number): Promise<readonly string[]> {
  const groupId = `${topic}-${process.hrtime.bigint()}`
  const consumer = new Consumer({
    clientId: CLIENT_ID,
    groupId,
    bootstrapBrokers: [bootstrapServers],
    autocommit: false,
  })
  const values: string[] = []
  try {
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest', maxWaitTime: 200 })
    stream.on('data', (message) => values.push(message.value?.toString() ?? ''))
    await waitFor(() => values.length >= count, { what: `${count} records of ${topic}, not ${values.length}` })
    await stream.close()
  } finally {
    await consumer.close(true)
  }
  return values
}
