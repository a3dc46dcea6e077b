import type { ClientKeyName } from './client-keys.ts'
import type { ClientValues } from './client-values.ts'
import type { Assignment, Problems } from './problems.ts'
import type { ClassChoice, FormatKind } from './serde-classes.ts'
import { chooseClass, DESERIALIZER_CLASSES, ERROR_HANDLING_DESERIALIZER, SERIALIZER_CLASSES } from './serde-classes.ts'
import type { DeserializerSettings, KeyDeserializerSettings, SerializerSettings } from './settings.ts'

const KEY_SERIALIZERS: readonly FormatKind[] = ['string', 'bytes']
const KEY_DESERIALIZERS: readonly FormatKind[] = ['string']
const VALUES: readonly FormatKind[] = ['string', 'bytes', 'json']

export function keySerializer(values: ClientValues, problems: Problems): SerializerSettings {
  const { kind, className } = serializerClass(values, 'key.serializer', KEY_SERIALIZERS, problems)
  return Object.freeze({ kind: kind === 'bytes' ? kind : 'string', className })
}

export function valueSerializer(values: ClientValues, problems: Problems): SerializerSettings {
  const { kind, className } = serializerClass(values, 'value.serializer', VALUES, problems)
  if (kind !== 'json') {
    refuseIdleJson(values, ['spring.json.add.type.headers'], 'spring.kafka.producer.value-serializer', problems)
    return Object.freeze({ kind, className })
  }
  return Object.freeze({
    kind,
    className,
    addTypeHeaders: values.value('spring.json.add.type.headers'),
    typeMapping: typeMapping(values, problems),
  })
}

export function keyDeserializer(values: ClientValues, problems: Problems): KeyDeserializerSettings {
  const delegate = 'spring.deserializer.key.delegate.class'
  const { className } = deserializerClass(values, 'key.deserializer', delegate, KEY_DESERIALIZERS, problems)
  return Object.freeze({ kind: 'string', className })
}

export function valueDeserializer(values: ClientValues, problems: Problems): DeserializerSettings {
  const delegate = 'spring.deserializer.value.delegate.class'
  const { kind, className } = deserializerClass(values, 'value.deserializer', delegate, VALUES, problems)
  if (kind !== 'json') {
    const names = ['spring.json.trusted.packages', 'spring.json.value.default.type'] as const
    refuseIdleJson(values, names, 'spring.kafka.consumer.value-deserializer', problems)
    return Object.freeze({ kind, className })
  }
  const mapping = typeMapping(values, problems)
  const defaultType = values.value('spring.json.value.default.type')
  return Object.freeze({
    kind,
    className,
    trustedPackages: Object.freeze(trustedPackages(values.value('spring.json.trusted.packages'), mapping, defaultType)),
    typeMapping: mapping,
    useTypeHeaders: values.value('spring.json.use.type.headers'),
    removeTypeHeaders: values.value('spring.json.remove.type.headers'),
    defaultType,
  })
}

function serializerClass(
  values: ClientValues,
  name: ClientKeyName,
  kinds: readonly FormatKind[],
  problems: Problems,
): ClassChoice {
  const className = values.value(name) as string
  return chosen(chooseClass(className, SERIALIZER_CLASSES, kinds), className, values.at(name), problems)
}

function deserializerClass(
  values: ClientValues,
  name: ClientKeyName,
  delegate: ClientKeyName,
  kinds: readonly FormatKind[],
  problems: Problems,
): ClassChoice {
  const className = values.value(name) as string
  if (className !== ERROR_HANDLING_DESERIALIZER) {
    return chosen(chooseClass(className, DESERIALIZER_CLASSES, kinds), className, values.at(name), problems)
  }
  const delegateClass = values.value(delegate) as string | undefined
  if (delegateClass === undefined) {
    problems.missing(`spring.kafka.consumer.properties.${delegate}`, 'ErrorHandlingDeserializer needs its delegate')
    return { kind: 'string', className }
  }
  return chosen(chooseClass(delegateClass, DESERIALIZER_CLASSES, kinds), delegateClass, values.at(delegate), problems)
}

function chosen(
  choice: ReturnType<typeof chooseClass>,
  className: string,
  at: Assignment | undefined,
  problems: Problems,
): ClassChoice {
  if ('kind' in choice) return choice
  if (at !== undefined) problems.add('UNKNOWN_CLASS', at, choice.refusal, choice.nearest)
  return { kind: 'string', className }
}

/** Set for this client alone, a JSON key means that JSON was wanted; below spring.kafka.properties it may be for the other one. */
function refuseIdleJson(
  values: ClientValues,
  names: readonly ClientKeyName[],
  classKey: string,
  problems: Problems,
): void {
  for (const name of names) {
    const at = values.at(name)
    if (at?.key.startsWith(`spring.kafka.${values.client}.`)) {
      problems.add('INVALID_VALUE', at, `has no effect: ${classKey} names no JSON class`)
    }
  }
}

function typeMapping(values: ClientValues, problems: Problems): ReadonlyMap<string, string> {
  const mapping = new Map<string, string>()
  for (const pair of values.value('spring.json.type.mapping')) {
    const [token, className, ...more] = pair.split(':').map((part) => part.trim())
    if (token && className && more.length === 0) mapping.set(token, className)
    else {
      const at = values.at('spring.json.type.mapping')
      if (at !== undefined)
        problems.add('INVALID_VALUE', at, `is not valid: expected token:class,token:class, not ${pair}`)
    }
  }
  return mapping
}

/**
 * Spring's AbstractJavaTypeMapper: java.util and java.lang are always trusted, classes of mapping and default type bring
 * their package and those below it; with `*` the set is cleared, and an empty one trusts everything.
 */
function trustedPackages(
  configured: readonly string[],
  mapping: ReadonlyMap<string, string>,
  defaultType: string | undefined,
): readonly string[] {
  if (configured.includes('*')) return []
  const named = [...mapping.values(), ...(defaultType === undefined ? [] : [defaultType])]
  const brought = named
    .filter((className) => className.includes('.'))
    .flatMap((className) => {
      const name = className.slice(0, className.lastIndexOf('.'))
      return [name, `${name}.*`]
    })
  return [...new Set(['java.util', 'java.lang', ...configured, ...brought])]
}
