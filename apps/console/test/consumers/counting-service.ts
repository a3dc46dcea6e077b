import { fileURLToPath } from 'node:url'
import type { KafkaSender } from '@stocker/kafka-config'
import { KafkaConfig, KafkaProducerConfig } from '@stocker/kafka-config'
import { loadProperties } from '@stocker/properties'
import type { Service } from '@stocker/service-kit'
import { createLogger } from '@stocker/service-kit'
import { createApp, faults } from '../../../../packages/service-kit/test/counter-service/src/app.ts'
import { readConfig } from '../../../../packages/service-kit/test/counter-service/src/config.ts'
import { createTestDatabase, kafkaBootstrap, testTopic } from '../../../../test/servers.ts'

export interface CountingService extends AsyncDisposable {
  readonly service: Service
  readonly group: string
  readonly topic: string
  /** Lets the handler of these keys fail. */
  readonly faults: Set<string>
  send(key: string, count?: number): Promise<void>
}

/** A service with a topic and a group of its own: what waits there is only what a test sends. */
export async function startCountingService(): Promise<CountingService> {
  const database = await createTestDatabase()
  const topic = testTopic('requests')
  const group = `${topic}-group`
  const service = createApp(
    readConfig(
      loadProperties({
        files: [
          fileURLToPath(
            new URL('../../../../packages/service-kit/test/counter-service/application.properties', import.meta.url),
          ),
        ],
        environment: {
          DATABASE_URL: database.url,
          KAFKA: kafkaBootstrap(),
          GROUP: group,
          REQUESTS_TOPIC: topic,
          EVENTS_TOPIC: testTopic('events'),
        },
      }),
    ),
    createLogger({ service: 'counter-service', level: 'silent' }),
  )
  await service.start()
  const kafka = KafkaConfig.fromProperties({ 'spring.kafka.bootstrap-servers': kafkaBootstrap() })
  const sender: KafkaSender = new KafkaProducerConfig(kafka).createSender()
  return {
    service,
    group,
    topic,
    faults,
    send: async (key, count = 1) => {
      const value = () => JSON.stringify({ eventId: crypto.randomUUID(), counterId: key, by: 1 })
      await sender.sendAll(Array.from({ length: count }, () => ({ topic, key, value: value() })))
    },
    [Symbol.asyncDispose]: async () => {
      await sender.close()
      await service.close()
      await database.drop()
    },
  }
}
