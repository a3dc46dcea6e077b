/**
 * Arrays of values in PostgreSQL's binary array format. A batch travels as one array per column; binary saves both sides the
 * quoting and parsing of array literals, which costs more than the insert for JSON columns.
 *
 * Layout: number of dimensions, has-nulls flag, type id of the elements, then length and lower bound of the dimension, then per element its
 * length (-1 for null) and bytes; integers are 4 bytes, big-endian.
 */
import { CqrsError } from '../errors.ts'

type Encode = (value: unknown) => void

const EPOCH_2000_MS = 946_684_800_000

let scratch = Buffer.allocUnsafe(64 * 1024)
let at = 0

const reserve = (bytes: number): void => {
  if (at + bytes <= scratch.length) return
  const larger = Buffer.allocUnsafe(Math.max(scratch.length * 2, at + bytes))
  scratch.copy(larger, 0, 0, at)
  scratch = larger
}

const int32 = (value: number): void => {
  scratch[at++] = value >>> 24
  scratch[at++] = value >>> 16
  scratch[at++] = value >>> 8
  scratch[at++] = value
}

const text: Encode = (value) => {
  const string = typeof value === 'string' ? value : String(value)
  reserve(4 + string.length * 3)
  const length = scratch.write(string, at + 4, 'utf8')
  int32(length)
  at += length
}

const json: Encode = (value) => text(typeof value === 'string' ? value : JSON.stringify(value))

const jsonb: Encode = (value) => {
  const string = typeof value === 'string' ? value : JSON.stringify(value)
  reserve(5 + string.length * 3)
  const length = scratch.write(string, at + 5, 'utf8')
  int32(length + 1)
  scratch[at++] = 1
  at += length
}

/** Buffers cut fractions off silently. */
const whole = (value: unknown): number => {
  const number = Number(value)
  if (!Number.isInteger(number)) throw new CqrsError('INVALID_ARGUMENT', `'${String(value)}' is not a whole number.`)
  return number
}

const int2: Encode = (value) => {
  reserve(6)
  int32(2)
  at = scratch.writeInt16BE(whole(value), at)
}

const int4: Encode = (value) => {
  reserve(8)
  int32(4)
  at = scratch.writeInt32BE(whole(value), at)
}

const int8: Encode = (value) => {
  reserve(12)
  int32(8)
  at = scratch.writeBigInt64BE(BigInt(value as bigint | number | string), at)
}

const float8: Encode = (value) => {
  reserve(12)
  int32(8)
  at = scratch.writeDoubleBE(Number(value), at)
}

const bool: Encode = (value) => {
  reserve(5)
  int32(1)
  scratch[at++] = value === true || value === 'true' || value === 't' ? 1 : 0
}

const timestamptz: Encode = (value) => {
  const ms = value instanceof Date ? value.getTime() : Date.parse(String(value))
  if (Number.isNaN(ms)) throw new CqrsError('INVALID_ARGUMENT', `'${String(value)}' is not a point in time.`)
  int8((ms - EPOCH_2000_MS) * 1000)
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const uuid: Encode = (value) => {
  const string = String(value)
  if (!UUID.test(string)) throw new CqrsError('INVALID_ARGUMENT', `'${string}' is not a UUID.`)
  reserve(20)
  int32(16)
  at += scratch.write(string.replaceAll('-', ''), at, 'hex')
}

/** Type id of the array → type id of its elements, and how to write one. From PostgreSQL's pg_type. */
const ARRAY_TYPES: ReadonlyMap<number, { readonly element: number; readonly encode: Encode }> = new Map([
  [1000, { element: 16, encode: bool }],
  [1005, { element: 21, encode: int2 }],
  [1007, { element: 23, encode: int4 }],
  [1016, { element: 20, encode: int8 }],
  [1022, { element: 701, encode: float8 }],
  [1009, { element: 25, encode: text }],
  [1015, { element: 1043, encode: text }],
  [199, { element: 114, encode: json }],
  [3807, { element: 3802, encode: jsonb }],
  [1185, { element: 1184, encode: timestamptz }],
  [2951, { element: 2950, encode: uuid }],
])

/** The array in binary format, or undefined when the type is none of those above. */
export function encodeArray(values: readonly unknown[], arrayType: number): Buffer | undefined {
  const type = ARRAY_TYPES.get(arrayType)
  if (type === undefined) return undefined
  at = 0
  reserve(20)
  int32(values.length === 0 ? 0 : 1)
  int32(1)
  int32(type.element)
  if (values.length > 0) {
    int32(values.length)
    int32(1)
  }
  for (const value of values) {
    if (value === null || value === undefined) {
      reserve(4)
      int32(-1)
    } else {
      type.encode(value)
    }
  }
  return Buffer.from(scratch.subarray(0, at))
}

/** The array as a literal, for the types that `encodeArray` does not know. */
export function arrayLiteral(values: readonly unknown[]): string {
  const element = (value: unknown): string => {
    if (value === null || value === undefined) return 'NULL'
    if (Array.isArray(value)) return arrayLiteral(value)
    return `"${scalarText(value).replaceAll(/["\\]/g, '\\$&')}"`
  }
  return `{${values.map(element).join(',')}}`
}

export function scalarText(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
