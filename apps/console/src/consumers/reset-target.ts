import type { ResetTarget } from '@stocker/kafka-config/monitor'
import type { Static } from 'typebox'
import { Type } from 'typebox'

/** Flat, so that a form, a query and a JSON body say it alike. */
export const TargetFields = {
  to: Type.Enum(['earliest', 'latest', 'offset', 'timestamp', 'duration', 'shift'], {
    description: 'Where to go on',
  }),
  offset: Type.Optional(Type.Integer({ minimum: 0, description: 'For offset' })),
  at: Type.Optional(
    Type.String({ maxLength: 40, description: 'For timestamp: ISO 8601; the first record that is not older' }),
  ),
  minutes: Type.Optional(
    Type.Number({ minimum: 0, description: 'For duration: the first record that is not older than so many minutes' }),
  ),
  by: Type.Optional(Type.Integer({ description: 'For shift: so many records forward, or back with a minus' })),
}
const Target = Type.Object(TargetFields)
export type TargetFields = Static<typeof Target>

/** undefined: what `to` needs is missing or no time. */
export function targetOf({ to, offset, at, minutes, by }: TargetFields): ResetTarget | undefined {
  switch (to) {
    case 'earliest':
    case 'latest':
      return { to }
    case 'offset':
      return offset === undefined ? undefined : { to, offset: BigInt(offset) }
    case 'timestamp': {
      const timestampMs = Date.parse(at ?? '')
      return Number.isNaN(timestampMs) ? undefined : { to, timestampMs }
    }
    case 'duration':
      return minutes === undefined ? undefined : { to, durationMs: minutes * 60_000 }
    case 'shift':
      return by === undefined ? undefined : { to, by: BigInt(by) }
    default:
      return undefined
  }
}
