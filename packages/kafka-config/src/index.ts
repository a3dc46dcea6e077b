export { configurationTable } from './config/configuration-table.ts'
export type { ExplainedProperty } from './config/explain.ts'
export type { KafkaConfigOptions } from './config/kafka-config.ts'
export { KafkaConfig } from './config/kafka-config.ts'
export type {
  AdminSettings,
  CompressionType,
  ConnectionSettings,
  ConsumerSettings,
  DeserializerSettings,
  ListenerSettings,
  OffsetReset,
  ProducerSettings,
  SaslSettings,
  SerializerSettings,
} from './config/settings.ts'
export type { ConfigProblem, KafkaConfigErrorCode } from './errors.ts'
export { ERROR_CODES, KafkaConfigError } from './errors.ts'
export type { RecordHeader } from './headers.ts'
export {
  decodeBigInteger,
  decodeInt32,
  decodeInt64,
  decodeText,
  encodeBigInteger,
  encodeInt32,
  encodeInt64,
  encodeText,
  lastHeader,
} from './headers.ts'
export { createDeserializer, createSerializer } from './serialization/create.ts'
export type {
  Deserialized,
  Deserializer,
  Serialized,
  Serializer,
  TypeRegistry,
} from './serialization/serializer.ts'
export { createStringDeserializer, createStringSerializer } from './serialization/string.ts'
export { CONTENT_TYPE_ID_HEADER, KEY_TYPE_ID_HEADER, TYPE_ID_HEADER } from './serialization/type-headers.ts'
