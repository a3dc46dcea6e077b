import type { TObject } from 'typebox'
import { Compile } from 'typebox/schema'
import type { EventName } from './catalogue.ts'
import { EVENTS, isEventName } from './catalogue.ts'
import type { Conform } from './conform.ts'
import { conformTo, schemaNode } from './conform.ts'
import type { EventDefinition } from './topic.ts'
import type { Violation } from './violations.ts'
import { violationsOf } from './violations.ts'

/** What it takes to check one kind of event, built when the first one is met. */
export interface EventCodec {
  readonly name: EventName
  readonly definition: EventDefinition
  readonly conform: Conform
  /** Compiled; true if the data (conformed before) is as the schema says. */
  check(data: unknown): boolean
  /** All that is wrong with the data; `found` is the value as it came. */
  explain(data: unknown, found: unknown): readonly Violation[]
}

const codecs = new Map<string, EventCodec>()

/** The codec of an event, or `undefined` if there is no event of that name. */
export function codecOf(name: string): EventCodec | undefined {
  const known = codecs.get(name)
  if (known !== undefined || !isEventName(name)) return known
  const codec = createCodec(name, EVENTS[name])
  codecs.set(name, codec)
  return codec
}

function createCodec(name: EventName, definition: EventDefinition<EventName, string, string, TObject>): EventCodec {
  const validator = Compile(definition.data)
  const schema = schemaNode(definition.data)
  return {
    name,
    definition,
    conform: conformTo(schema),
    check: (data) => validator.Check(data),
    explain: (data, found) => violationsOf(schema, validator.Errors(data)[1], found),
  }
}
