import { nearest } from '@stocker/properties'
import { simpleName } from '../serialization/type-headers.ts'

const KAFKA = 'org.apache.kafka.common.serialization'
const SPRING = 'org.springframework.kafka.support.serializer'

export type FormatKind = 'string' | 'bytes' | 'json'

/** Classes of Kafka and Spring that are understood; JacksonJson* are Spring Kafka 4's names for the same rules. */
export const SERIALIZER_CLASSES: Readonly<Record<string, FormatKind>> = {
  [`${KAFKA}.StringSerializer`]: 'string',
  [`${KAFKA}.ByteArraySerializer`]: 'bytes',
  [`${SPRING}.JsonSerializer`]: 'json',
  [`${SPRING}.JacksonJsonSerializer`]: 'json',
}

export const DESERIALIZER_CLASSES: Readonly<Record<string, FormatKind>> = {
  [`${KAFKA}.StringDeserializer`]: 'string',
  [`${KAFKA}.ByteArrayDeserializer`]: 'bytes',
  [`${SPRING}.JsonDeserializer`]: 'json',
  [`${SPRING}.JacksonJsonDeserializer`]: 'json',
}

/** Every deserializer behaves as if behind it (a failure is a value, never thrown), so that it only names its delegate. */
export const ERROR_HANDLING_DESERIALIZER = `${SPRING}.ErrorHandlingDeserializer`

export interface ClassChoice {
  readonly kind: FormatKind
  readonly className: string
}

/** The class, or what to say when it is not one of `classes` of an allowed kind. */
export function chooseClass(
  className: string,
  classes: Readonly<Record<string, FormatKind>>,
  kinds: readonly FormatKind[],
): ClassChoice | { readonly refusal: string; readonly nearest: string | undefined } {
  const kind = Object.hasOwn(classes, className) ? classes[className] : undefined
  if (kind !== undefined && kinds.includes(kind)) return { kind, className }
  const accepted = Object.keys(classes).filter((name) => kinds.includes(classes[name] as FormatKind))
  const sameName = accepted.find((name) => simpleName(name) === simpleName(className))
  const nearby = sameName ?? nearest(className, accepted)
  const hint = nearby === undefined ? '' : `; did you mean ${nearby}?`
  const known = [...accepted, ...(classes === DESERIALIZER_CLASSES ? [ERROR_HANDLING_DESERIALIZER] : [])]
    .map(simpleName)
    .join(', ')
  const what =
    kind === undefined ? 'is not a class that is known here' : 'cannot be used for keys, which are strings here'
  return { refusal: `${what}: accepted are ${known}${hint}`, nearest: nearby }
}
