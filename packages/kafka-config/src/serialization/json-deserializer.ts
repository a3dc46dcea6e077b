import type { JsonDeserializerFormat } from '../config/settings.ts'
import { KafkaConfigError } from '../errors.ts'
import type { RecordHeader } from '../headers.ts'
import { decodeText, lastHeader } from '../headers.ts'
import type { DeserializationFailure, Deserializer, TypeRegistry } from './serializer.ts'
import { createTrustCheck } from './trusted-packages.ts'
import { CONTENT_TYPE_ID_HEADER, isTypeHeader, KEY_TYPE_ID_HEADER, simpleName, TYPE_ID_HEADER } from './type-headers.ts'

/** Class names seen in headers are remembered up to here: a stranger's headers must not fill the memory. */
const REMEMBERED_TYPES = 1_000

/**
 * Spring's JsonDeserializer. There are no classes here, so the type header is checked and mapped as a name, and the value is
 * what JSON.parse makes of it (integers above 2^53 lose digits). Where Spring must know a class and fails without one,
 * a reader without TypeRegistry gets the value with no `typeId`.
 *
 * Type of a record: header, if spring.json.use.type.headers; else property `typeProperty`; else the topic's default type;
 * else spring.json.value.default.type. A token of spring.json.type.mapping stands for its class and needs no trust.
 */
export function createJsonDeserializer(format: JsonDeserializerFormat, types?: TypeRegistry): Deserializer {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const isTrusted = createTrustCheck(format.trustedPackages)
  const topicTypes = new Map(Object.entries(types?.defaultTypes ?? {}))
  const typeProperty = types?.typeProperty
  const remembered = new Map<string, string>()

  const mapped = (name: string): string => simpleName(format.typeMapping.get(name) ?? name)
  const defaultType = format.defaultType === undefined ? undefined : mapped(format.defaultType)

  /** @throws KafkaConfigError UNTRUSTED_TYPE | NO_TYPE */
  const typeOfHeader = (topic: string, header: RecordHeader): string => {
    const name = decodeText(header.value)
    const known = remembered.get(name)
    if (known !== undefined) return known
    if (!format.typeMapping.has(name) && !isTrusted(name)) throw untrusted(topic, name, format.trustedPackages)
    const type = mapped(name)
    if (type === '')
      throw new KafkaConfigError('NO_TYPE', `Header ${header.key} of a record of ${topic} names no type.`)
    if (remembered.size < REMEMBERED_TYPES) remembered.set(name, type)
    return type
  }

  /** @throws KafkaConfigError NO_TYPE */
  const typeOfValue = (topic: string, value: unknown): string | undefined => {
    if (typeProperty !== undefined && typeof value === 'object' && value !== null) {
      const name = (value as Readonly<Record<string, unknown>>)[typeProperty]
      if (typeof name === 'string' && name !== '') return mapped(name)
      // Java writes an absent value as null; a number or an object there is no name of a type.
      if (name !== undefined && name !== null && name !== '') {
        throw new KafkaConfigError('NO_TYPE', `Property ${typeProperty} of a record of ${topic} names no type.`)
      }
    }
    const type = topicTypes.get(topic) ?? defaultType
    if (type === undefined && types !== undefined) {
      throw new KafkaConfigError('NO_TYPE', `A record of ${topic} has no type: ${noTypeHint(typeProperty)}.`)
    }
    return type
  }

  const { skips } = types ?? {}
  const leadingType = typeProperty === undefined ? undefined : leadingProperty(typeProperty)
  const typeAtStart = (data: Buffer): string | undefined => {
    const name = leadingType?.exec(data.toString('latin1', 0, LEADING_BYTES))?.[1]
    return name === undefined ? undefined : mapped(name)
  }

  const parse = (topic: string, data: Buffer): unknown => {
    let text: string
    try {
      text = decoder.decode(data)
    } catch (cause) {
      throw new KafkaConfigError('NOT_UTF8', `${data.length} bytes of a record of ${topic} are not valid UTF-8.`, {
        cause,
      })
    }
    try {
      return JSON.parse(text)
    } catch (error) {
      // Without V8's own error, as cause too: it quotes what stands around the place, which may be of a person, into logs and headers.
      throw new KafkaConfigError(
        'NOT_JSON',
        `${data.length} bytes of a record of ${topic} are not JSON: ${endOf(error)}`,
      )
    }
  }

  return {
    className: format.className,
    deserialize(topic, headers, data) {
      if (data === null) return { value: null, typeId: undefined, headers }
      let typeId: string | undefined
      try {
        const header = format.useTypeHeaders ? lastHeader(headers, TYPE_ID_HEADER) : undefined
        if (header !== undefined) {
          typeId = typeOfHeader(topic, header)
          checkElementTypes(topic, headers, typeOfHeader)
        }
        const early = skips === undefined ? undefined : (typeId ?? typeAtStart(data))
        if (early !== undefined && skips?.(early)) return { value: undefined, typeId: early, headers }
        const value = parse(topic, data)
        typeId ??= typeOfValue(topic, value)
        return { value, typeId, headers: format.removeTypeHeaders ? withoutTypeHeaders(headers) : headers }
      } catch (error) {
        return failed(error, typeId, headers)
      }
    },
  }
}

/** As far as a type is looked for before the value is read. */
const LEADING_BYTES = 160

/** A property with a plain text, first in a JSON object or after one other: anything else might lie deeper, or be escaped. */
const leadingProperty = (name: string): RegExp | undefined =>
  /^\w+$/.test(name) ? new RegExp(`^\\{(?:"\\w+":"[\\w-]*",)?"${name}":"([\\w.$-]+)"`) : undefined

/** Types of a collection's elements and of a map's keys are classes too, and Spring checks them. */
function checkElementTypes(
  topic: string,
  headers: readonly RecordHeader[],
  check: (topic: string, header: RecordHeader) => string,
): void {
  if (headers.length < 2) return
  for (const key of [CONTENT_TYPE_ID_HEADER, KEY_TYPE_ID_HEADER]) {
    const header = lastHeader(headers, key)
    if (header !== undefined) check(topic, header)
  }
}

function withoutTypeHeaders(headers: readonly RecordHeader[]): readonly RecordHeader[] {
  return headers.some(({ key }) => isTypeHeader(key)) ? headers.filter(({ key }) => !isTypeHeader(key)) : headers
}

/** The headers stay whole, so that the record can be kept as it came. */
function failed(error: unknown, typeId: string | undefined, headers: readonly RecordHeader[]): DeserializationFailure {
  if (error instanceof KafkaConfigError) return { typeId, headers, failure: error }
  throw error
}

function untrusted(topic: string, className: string, trustedPackages: readonly string[]): KafkaConfigError {
  return new KafkaConfigError(
    'UNTRUSTED_TYPE',
    `The class '${className}' of a record of ${topic} is not in the trusted packages: [${trustedPackages.join(', ')}]. ` +
      'If it may be read, add its package to spring.json.trusted.packages, or map it with spring.json.type.mapping; ' +
      'if only trusted sources write, trust all (*).',
  )
}

function noTypeHint(typeProperty: string | undefined): string {
  const property = typeProperty === undefined ? '' : ` no property ${typeProperty},`
  return `no ${TYPE_ID_HEADER} header,${property} and no default type for the topic; set spring.json.value.default.type`
}

/** Where text stops being JSON. */
function endOf(error: unknown): string {
  const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
  return position === undefined
    ? 'they end before the document does, or stop at once'
    : `they stop being it at character ${position}`
}
