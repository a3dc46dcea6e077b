import type { KafkaConfigError } from '../errors.ts'
import type { RecordHeader } from '../headers.ts'

export interface Serialized {
  readonly data: Buffer | null
  /** The headers that were passed in, with those of the serializer (`__TypeId__`); the same array when it adds none. */
  readonly headers: readonly RecordHeader[]
}

export interface Serializer {
  /** The class of Spring or Kafka whose rules it follows. */
  readonly className: string
  /**
   * null is a tombstone.
   *
   * @throws KafkaConfigError NOT_SERIALIZABLE when the value is of a type that this serializer cannot write
   */
  serialize(topic: string, headers: readonly RecordHeader[], value: unknown): Serialized
}

export interface DeserializedValue<T> {
  /** null only for a tombstone (no bytes). */
  readonly value: T | null
  /** Type id without package, see TypeRegistry; undefined for a tombstone and where nothing names a type. */
  readonly typeId: string | undefined
  /** The record's headers without those that spring.json.remove.type.headers takes away; the same array when none is. */
  readonly headers: readonly RecordHeader[]
  readonly failure?: undefined
}

export interface DeserializationFailure {
  readonly value?: undefined
  readonly typeId: string | undefined
  readonly headers: readonly RecordHeader[]
  readonly failure: KafkaConfigError
}

export type Deserialized<T = unknown> = DeserializedValue<T> | DeserializationFailure

export interface Deserializer<T = unknown> {
  readonly className: string
  /** Never throws: what cannot be read is a `failure`, as behind Spring's ErrorHandlingDeserializer. */
  deserialize(topic: string, headers: readonly RecordHeader[], data: Buffer | null): Deserialized<T>
}

/** JSON types without JVM classes: how the type of a record is found, and how it is written. */
export interface TypeRegistry {
  /** Property of the JSON value that names the type when no `__TypeId__` header does, such as `eventType`. */
  readonly typeProperty?: string
  /** Type of a record that names none, by topic. */
  readonly defaultTypes?: Readonly<Record<string, string>>
  /**
   * Reading: whether nobody here wants records of a type. Where the type is among the first things of the value, as in those that this platform writes,
   * the rest is not read, and `value` is undefined. Default: all are wanted.
   */
  readonly skips?: (typeId: string) => boolean
  /** Writing with type headers: package put before the type's name, such as `com.stocker.events`. Default none. */
  readonly typePackage?: string
}
