import type { EventName } from './catalogue.ts'
import { EVENTS } from './catalogue.ts'
import type { SchemaNode } from './conform.ts'
import { schemaNode } from './conform.ts'
import { PERSONAL } from './schemas.ts'
import { expected } from './violations.ts'

/** One field of an event, for documents and for whoever masks personal values. */
export interface EventField {
  /** E.g. `shippingAddress.city` or `lines[].quantity`. */
  readonly path: string
  /** What it may hold, in words. */
  readonly holds: string
  readonly required: boolean
  /** It, or what it lies in, says something about a person. */
  readonly personal: boolean
  readonly description: string
}

/** The fields of an event's data, outer ones before what lies in them. */
export function fieldsOf(event: EventName): readonly EventField[] {
  return fieldsIn(schemaNode(EVENTS[event].data), '', false)
}

function fieldsIn(node: SchemaNode, path: string, personal: boolean): readonly EventField[] {
  if (node.items !== undefined) return fieldsIn(node.items, `${path}[]`, personal)
  return Object.entries(node.properties ?? {}).flatMap(([name, property]) => {
    const field: EventField = {
      path: path === '' ? name : `${path}.${name}`,
      holds: expected(property),
      required: node.required?.includes(name) === true,
      personal: personal || property[PERSONAL] === true,
      description: property.description ?? property.items?.description ?? '',
    }
    return [field, ...fieldsIn(property, field.path, field.personal)]
  })
}
