import type { DeserializerSettings, SerializerSettings } from '../config/settings.ts'
import { createBytesDeserializer, createBytesSerializer } from './bytes.ts'
import type { Deserializer, Serializer, TypeRegistry } from './serializer.ts'
import { createStringDeserializer, createStringSerializer } from './string.ts'

/** The deserializer that the configuration names; `types` says what records without a type header are. */
export function createDeserializer(settings: DeserializerSettings, _types?: TypeRegistry): Deserializer {
  switch (settings.kind) {
    case 'string':
      return createStringDeserializer()
    case 'bytes':
      return createBytesDeserializer()
    case 'json':
      throw new Error('not yet written')
  }
}

export function createSerializer(settings: SerializerSettings, _types?: TypeRegistry): Serializer {
  switch (settings.kind) {
    case 'string':
      return createStringSerializer() as Serializer
    case 'bytes':
      return createBytesSerializer() as Serializer
    case 'json':
      throw new Error('not yet written')
  }
}
