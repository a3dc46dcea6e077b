/** What every event carries beside its own data. On the wire both are one flat object. */
export interface EventEnvelope {
  /** UUIDv7; the same when an event is published again. */
  readonly eventId: string
  readonly eventType: string
  readonly eventVersion: number
  /** ISO 8601, UTC. */
  readonly occurredAt: string
  /** The order or cart that it all belongs to. */
  readonly correlationId: string
  /** The event or command that caused this one. */
  readonly causationId: string | null
}

export const ENVELOPE_FIELDS = [
  'eventId',
  'eventType',
  'eventVersion',
  'occurredAt',
  'correlationId',
  'causationId',
] as const satisfies readonly (keyof EventEnvelope)[]
