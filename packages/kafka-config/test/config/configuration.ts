import type { KafkaConfigOptions } from '../../src/index.ts'
import { KafkaConfig, KafkaConfigError } from '../../src/index.ts'

/** The configuration that the platform began with: these lines have to work as they are. */
export const ORIGINAL_LINES = `spring.kafka.bootstrap-servers=localhost:9092
spring.kafka.consumer.group-id=dispatch-service-group
spring.kafka.consumer.auto-offset-reset=earliest
spring.kafka.consumer.key-deserializer=org.apache.kafka.common.serialization.StringDeserializer
spring.kafka.consumer.value-deserializer=org.springframework.kafka.support.serializer.JsonDeserializer
spring.kafka.consumer.properties.spring.json.trusted.packages=*
spring.kafka.producer.key-serializer=org.apache.kafka.common.serialization.StringSerializer
spring.kafka.producer.value-serializer=org.springframework.kafka.support.serializer.JsonSerializer
spring.kafka.producer.properties.spring.json.add.type.headers=false
`

/** Keys below spring.kafka. */
export function configOf(keys: Readonly<Record<string, string>> = {}, options?: KafkaConfigOptions): KafkaConfig {
  const entries = Object.entries(keys).map(([key, value]) => [`spring.kafka.${key}`, value])
  return KafkaConfig.fromProperties(Object.fromEntries(entries), options)
}

export function refusalOf(keys: Readonly<Record<string, string>>): KafkaConfigError {
  try {
    configOf(keys)
  } catch (error) {
    if (error instanceof KafkaConfigError) return error
    throw error
  }
  throw new Error(`Accepted: ${JSON.stringify(keys)}`)
}

export function onlyProblemOf(keys: Readonly<Record<string, string>>) {
  const { problems } = refusalOf(keys)
  const [problem] = problems
  if (problem === undefined || problems.length > 1)
    throw new Error(`${problems.length} problems: ${JSON.stringify(problems)}`)
  return problem
}

export const JSON_DESERIALIZER = 'org.springframework.kafka.support.serializer.JsonDeserializer'
export const JSON_SERIALIZER = 'org.springframework.kafka.support.serializer.JsonSerializer'
