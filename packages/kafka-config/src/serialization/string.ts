import { isUtf8 } from 'node:buffer'
import { KafkaConfigError } from '../errors.ts'
import type { Deserializer, Serializer } from './serializer.ts'

const SERIALIZER_CLASS = 'org.apache.kafka.common.serialization.StringSerializer'
const DESERIALIZER_CLASS = 'org.apache.kafka.common.serialization.StringDeserializer'

export function createStringSerializer(): Serializer {
  return {
    className: SERIALIZER_CLASS,
    serialize(topic, headers, value) {
      if (value === null) return { data: null, headers }
      if (typeof value !== 'string') {
        throw new KafkaConfigError(
          'NOT_SERIALIZABLE',
          `A ${typeof value} cannot be sent to ${topic} by StringSerializer: pass a string, or configure the JsonSerializer.`,
        )
      }
      return { data: Buffer.from(value, 'utf8'), headers }
    },
  }
}

/** Java's StringDeserializer replaces broken UTF-8 by U+FFFD, which makes two keys one; here it is a failure. */
export function createStringDeserializer(): Deserializer<string> {
  return {
    className: DESERIALIZER_CLASS,
    deserialize(topic, headers, data) {
      if (data === null) return { value: null, typeId: undefined, headers }
      if (!isUtf8(data)) {
        const failure = new KafkaConfigError('NOT_UTF8', `${data.length} bytes from ${topic} are not valid UTF-8.`)
        return { typeId: undefined, headers, failure }
      }
      return { value: data.toString('utf8'), typeId: undefined, headers }
    },
  }
}
