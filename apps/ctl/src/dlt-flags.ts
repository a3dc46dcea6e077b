import type { Flags, ParsedFlags } from '@stocker/platform'
import { usage } from '@stocker/platform'
import { timeOf } from './time-words.ts'

export const DLT_FLAGS: Flags = {
  group: { type: 'string', value: 'group', help: 'of this consumer group, which failed' },
  topic: { type: 'string', value: 'topic', help: 'that failed first in this topic' },
  error: { type: 'string', value: 'class', help: 'with this class of error' },
  fingerprint: { type: 'string', value: 'hex', help: 'with the same cause, as dlt groups shows it' },
  key: { type: 'string', value: 'key', help: 'with this record key' },
  state: { type: 'string', value: 'state', help: 'NEW, REDRIVING, REDRIVEN, PARKED or DISCARDED' },
  from: { type: 'string', value: 'time', help: 'seen last since then: 10m, 2h, 3d ago or an ISO 8601 time' },
  to: { type: 'string', value: 'time', help: 'seen last before then' },
  limit: { type: 'string', value: 'n', help: 'at most so many lines (default 50)' },
  reason: {
    type: 'string',
    value: 'text',
    help: 'why; kept in the audit. redrive, stop, edit, park, discard and release need it',
  },
  unmask: {
    type: 'string',
    value: 'reason',
    help: 'dlt show: with its personal values, for a reason that is kept in the audit',
  },
  'dry-run': { type: 'boolean', help: 'redrive: only say what would be sent, in which order, and what is refused' },
  rate: { type: 'string', value: 'n', help: 'redrive: records per second (default 100)' },
  ramp: { type: 'string', value: 'a,b', help: 'redrive: sizes of the first steps (default 1,5,20); none: all at once' },
  'keep-going': { type: 'boolean', help: 'redrive: a failure holds back only its key' },
  'no-wait': { type: 'boolean', help: 'redrive: do not wait for its end' },
  file: { type: 'string', value: 'file', help: 'edit: the new payload as JSON' },
}

/** The filters as the API names them. @throws PlatformError USAGE */
export function filtersOf(flags: ParsedFlags, now = new Date()): Readonly<Record<string, string>> {
  const names = { group: 'consumerGroup', topic: 'topic', error: 'errorClass', fingerprint: 'fingerprint', key: 'key' }
  const filters: Record<string, string> = {}
  for (const [flag, name] of Object.entries(names)) {
    const value = flags.text(flag)
    if (value !== undefined) filters[name] = value
  }
  const state = flags.text('state')
  if (state !== undefined) filters.state = state.toUpperCase()
  for (const flag of ['from', 'to']) {
    const value = flags.text(flag)
    if (value !== undefined) filters[flag] = timeOf(value, flag, now)
  }
  return filters
}

/** Of redrive. @throws PlatformError USAGE */
export function rampOf(flags: ParsedFlags): readonly number[] | undefined {
  const text = flags.text('ramp')
  if (text === undefined) return undefined
  if (text === 'none') return []
  const steps = text.split(/[,-]/).map(Number)
  if (steps.every((step) => Number.isInteger(step) && step > 0)) return steps
  throw usage(`--ramp is "${text}"; expected sizes such as 1,5,20, or none`)
}
