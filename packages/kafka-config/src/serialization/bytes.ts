import { KafkaConfigError } from '../errors.ts'
import type { Deserializer, Serializer } from './serializer.ts'

const SERIALIZER_CLASS = 'org.apache.kafka.common.serialization.ByteArraySerializer'
const DESERIALIZER_CLASS = 'org.apache.kafka.common.serialization.ByteArrayDeserializer'

export function createBytesSerializer(): Serializer {
  return {
    className: SERIALIZER_CLASS,
    serialize(topic, headers, value) {
      if (value === null || Buffer.isBuffer(value)) return { data: value, headers }
      if (value instanceof Uint8Array) {
        return { data: Buffer.from(value.buffer, value.byteOffset, value.byteLength), headers }
      }
      throw new KafkaConfigError(
        'NOT_SERIALIZABLE',
        `A ${typeof value} cannot be sent to ${topic} by ByteArraySerializer: pass a Buffer, or configure another serializer.`,
      )
    },
  }
}

export function createBytesDeserializer(): Deserializer<Buffer> {
  return {
    className: DESERIALIZER_CLASS,
    deserialize: (_topic, headers, data) => ({ value: data, typeId: undefined, headers }),
  }
}
