import type { DeserializerSettings, KeyDeserializerSettings, SerializerSettings } from '../config/settings.ts'
import { createBytesDeserializer, createBytesSerializer } from './bytes.ts'
import { createJsonDeserializer } from './json-deserializer.ts'
import { createJsonSerializer } from './json-serializer.ts'
import type { Deserializer, Serializer, TypeRegistry } from './serializer.ts'
import { createStringDeserializer, createStringSerializer } from './string.ts'

/** The deserializer that the configuration names; `types` says what records without a type header are. */
export function createDeserializer(settings: KeyDeserializerSettings): Deserializer<string>
export function createDeserializer(settings: DeserializerSettings, types?: TypeRegistry): Deserializer
export function createDeserializer(settings: DeserializerSettings, types?: TypeRegistry): Deserializer {
  switch (settings.kind) {
    case 'string':
      return createStringDeserializer()
    case 'bytes':
      return createBytesDeserializer()
    case 'json':
      return createJsonDeserializer(settings, types)
  }
}

/** The serializer that the configuration names. A value of a type that it cannot write is refused by it (NOT_SERIALIZABLE). */
export function createSerializer(settings: SerializerSettings, types?: TypeRegistry): Serializer {
  switch (settings.kind) {
    case 'string':
      return createStringSerializer()
    case 'bytes':
      return createBytesSerializer()
    case 'json':
      return createJsonSerializer(settings, types)
  }
}
