/** Where the process of redrive-crash.test.ts kills itself. */
export const CRASH_POINTS = [
  'the dead letters were stored, their offsets not committed',
  'a dead letter was claimed, not sent',
  'it was sent, which was not stored',
  'the listener has handled it, nothing was confirmed',
  'it was confirmed, its offset not committed',
  'the confirmation was stored, its offset not committed',
  'it failed again, which was stored, its offset not committed',
] as const
export type CrashPoint = (typeof CRASH_POINTS)[number]
