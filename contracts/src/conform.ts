import type { TSchema } from 'typebox'
import { toIsoTimestamp } from './dates.ts'
import type { PERSONAL } from './schemas.ts'

/**
 * Brings a value into the shape of its schema before it is checked: unknown fields dropped, `null` of an optional field
 * (which Jackson writes for an absent one) dropped, timestamps in their one form. What already has the shape is
 * returned itself, so a well-made record costs no copy. Never throws; what it cannot put right is left to the check.
 */
export type Conform = (value: unknown) => unknown

/** The JSON Schema keywords that are read here and where violations are described. */
export interface SchemaNode {
  readonly type?: string
  readonly format?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly items?: SchemaNode
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly [PERSONAL]?: boolean
}

/** Stands where a text or timestamp cannot be taken: no schema accepts a symbol, so the check names the field. */
const UNACCEPTABLE = Symbol('unacceptable')

export function schemaNode(schema: TSchema): SchemaNode {
  return schema as SchemaNode
}

export function conformTo(schema: SchemaNode): Conform {
  if (schema.type === 'object' && schema.properties !== undefined) return conformObject(schema)
  if (schema.type === 'array' && schema.items !== undefined) return conformList(conformTo(schema.items))
  if (schema.format === 'date-time') return (value) => toIsoTimestamp(value) ?? UNACCEPTABLE
  if (schema.type === 'string')
    return (value) => (typeof value === 'string' && !isStorable(value) ? UNACCEPTABLE : value)
  return (value) => value
}

/** PostgreSQL can hold neither NUL nor half a surrogate pair: one such text would make its whole batch fail for ever. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

function conformList(item: Conform): Conform {
  return (value) => {
    if (!Array.isArray(value)) return value
    let copy: unknown[] | undefined
    for (let index = 0; index < value.length; index++) {
      const found: unknown = value[index]
      const conformed = item(found)
      if (conformed !== found) {
        copy ??= value.slice()
        copy[index] = conformed
      }
    }
    return copy ?? value
  }
}

function conformObject(schema: SchemaNode): Conform {
  const fields = Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    conform: conformTo(property),
    optional: schema.required?.includes(name) !== true,
  }))
  return (value) => {
    if (!isRecord(value)) return value
    let known = 0
    let copy: Record<string, unknown> | undefined
    for (const { name, conform, optional } of fields) {
      const found = value[name]
      if (found === undefined || (found === null && optional)) continue
      known++
      const conformed = conform(found)
      if (conformed !== found) {
        copy ??= { ...value }
        copy[name] = conformed
      }
    }
    const conformed = copy ?? value
    if (known === Object.keys(value).length) return conformed
    const picked: Record<string, unknown> = {}
    for (const { name, optional } of fields) {
      const found = conformed[name]
      if (found !== undefined && !(found === null && optional)) picked[name] = found
    }
    return picked
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
