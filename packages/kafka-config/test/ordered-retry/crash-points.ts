/** Where the process dies, the first time it comes there. */
export const CRASH_POINTS = [
  'a record failed and was not parked yet',
  'a record is parked and later ones of other keys are committed',
  'a parked record was handled, nothing was committed',
  'a parked record failed again',
  'a record is in the dead letters, nothing was committed',
  'the record behind a dead letter was handled',
] as const
export type CrashPoint = (typeof CRASH_POINTS)[number]
