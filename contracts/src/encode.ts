import type { EventName } from './catalogue.ts'
import type { EventCodec } from './codec.ts'
import { codecOf } from './codec.ts'
import type { EventEnvelope } from './envelope.ts'
import { readEnvelope } from './envelope.ts'
import { ContractError } from './errors.ts'
import type { Violation } from './violations.ts'
import { found, listViolations } from './violations.ts'

/**
 * An event as it goes on the wire: one flat object, the envelope first. Fields of `data` that the contract does not
 * name are left out. Neither argument is changed.
 *
 * Throws ContractError when the event is not as its contract says. It can only be a defect of the program; whoever
 * stores events before they are published finds it earlier with `violationsIn`.
 */
export function encodeEvent(envelope: EventEnvelope, data: object): object {
  const codec = codecOf(envelope.eventType)
  if (codec === undefined) {
    throw new ContractError(
      'UNKNOWN_EVENT_TYPE',
      `Event ${envelope.eventId} cannot be published: no contract describes ${found(envelope.eventType)}`,
    )
  }
  const { name, definition } = codec
  if (envelope.eventVersion !== definition.version) {
    throw new ContractError(
      'UNKNOWN_VERSION',
      `${name} ${envelope.eventId} cannot be published as version ${found(envelope.eventVersion)}: the current one is ${definition.version}`,
    )
  }
  const violations: Violation[] = []
  const conformed = conformData(codec, data, violations)
  const { eventId, occurredAt, correlationId, causationId } = readEnvelope(
    { ...envelope },
    { eventId: undefined, occurredAt: undefined, correlationId: undefined },
    violations,
  )
  if (violations.length > 0) {
    throw new ContractError(
      'SCHEMA_VIOLATION',
      `${name} ${envelope.eventId} cannot be published: ${listViolations(violations)}`,
    )
  }
  return {
    eventId,
    eventType: name,
    eventVersion: definition.version,
    occurredAt,
    correlationId,
    causationId,
    ...conformed,
  }
}

/** What is wrong with the data of an event, empty if it may be published. For checks before an event is stored. */
export function violationsIn(name: EventName, data: object): readonly Violation[] {
  const violations: Violation[] = []
  const codec = codecOf(name)
  if (codec !== undefined) conformData(codec, data, violations)
  return violations
}

function conformData(codec: EventCodec, data: object, violations: Violation[]): object {
  const conformed = codec.conform(data)
  if (!codec.check(conformed)) violations.push(...codec.explain(conformed, data))
  return conformed as object
}
