import type { JsonSerializerFormat } from '../config/settings.ts'
import { KafkaConfigError } from '../errors.ts'
import type { RecordHeader } from '../headers.ts'
import { encodeText } from '../headers.ts'
import type { Serializer, TypeRegistry } from './serializer.ts'
import { isTypeHeader, simpleName, TYPE_ID_HEADER } from './type-headers.ts'

const PLAIN_TYPES: ReadonlySet<string> = new Set(['', 'Object', 'Array'])

/**
 * Spring's JsonSerializer. With spring.json.add.type.headers the record gets `__TypeId__`: the token that
 * spring.json.type.mapping gives for the type, else its class name. The type is the value's property `typeProperty`, else
 * the name of its class; a plain object without either gets no header, as it has no name that a reader could know.
 */
export function createJsonSerializer(format: JsonSerializerFormat, types?: TypeRegistry): Serializer {
  const tokens = new Map<string, string>()
  for (const [token, className] of format.typeMapping) {
    tokens.set(className, token)
    tokens.set(simpleName(className), token)
  }

  const typeId = (value: unknown): string | undefined => {
    const name = typeName(value, types?.typeProperty)
    if (name === undefined) return undefined
    const className = types?.typePackage === undefined || name.includes('.') ? name : `${types.typePackage}.${name}`
    return tokens.get(className) ?? tokens.get(name) ?? className
  }

  return {
    className: format.className,
    serialize(topic, headers, value) {
      if (value === null) return { data: null, headers }
      const data = Buffer.from(stringify(topic, value), 'utf8')
      const type = format.addTypeHeaders ? typeId(value) : undefined
      return { data, headers: type === undefined ? headers : withType(headers, type) }
    },
  }
}

function typeName(value: unknown, typeProperty: string | undefined): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const named = typeProperty === undefined ? undefined : (value as Readonly<Record<string, unknown>>)[typeProperty]
  if (typeof named === 'string' && named !== '') return named
  const type: { readonly constructor?: { readonly name?: unknown } } | null = Object.getPrototypeOf(value)
  const name = type?.constructor?.name
  return typeof name !== 'string' || PLAIN_TYPES.has(name) ? undefined : name
}

/** As Spring: the record's own type headers go first. */
function withType(headers: readonly RecordHeader[], type: string): readonly RecordHeader[] {
  return [...headers.filter(({ key }) => !isTypeHeader(key)), { key: TYPE_ID_HEADER, value: encodeText(type) }]
}

function stringify(topic: string, value: unknown): string {
  let text: string | undefined
  let cause: unknown
  try {
    text = JSON.stringify(value)
  } catch (error) {
    cause = error
  }
  if (text !== undefined) return text
  const reason = cause instanceof Error ? cause.message : `a ${typeof value} has no JSON form`
  throw new KafkaConfigError('NOT_SERIALIZABLE', `A value for ${topic} cannot be written as JSON: ${reason}.`, {
    cause,
  })
}
