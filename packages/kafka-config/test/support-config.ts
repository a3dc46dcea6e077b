import { KafkaConfig } from '@stocker/kafka-config'

/** Short times, so that what takes minutes in life takes seconds here. */
const QUICK: Readonly<Record<string, string>> = {
  'spring.kafka.consumer.auto-offset-reset': 'earliest',
  'spring.kafka.consumer.value-deserializer': 'org.springframework.kafka.support.serializer.JsonDeserializer',
  'spring.kafka.producer.value-serializer': 'org.springframework.kafka.support.serializer.JsonSerializer',
  'spring.kafka.producer.properties.spring.json.add.type.headers': 'false',
  'spring.kafka.consumer.heartbeat-interval': '500ms',
  'spring.kafka.consumer.properties.session.timeout.ms': '6000',
  'spring.kafka.properties.retry.backoff.ms': '50',
  'spring.kafka.properties.metadata.max.age.ms': '1000',
}

export function quickConfig(
  bootstrapServers: string,
  groupId: string,
  properties: Readonly<Record<string, string>> = {},
): KafkaConfig {
  return KafkaConfig.fromProperties(
    {
      ...QUICK,
      'spring.kafka.bootstrap-servers': bootstrapServers,
      'spring.kafka.consumer.group-id': groupId,
      ...properties,
    },
    { defaultClientId: groupId },
  )
}
