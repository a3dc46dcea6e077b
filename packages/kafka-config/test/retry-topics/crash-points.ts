/** Where the process dies, the first time it comes there. */
export const CRASH_POINTS = [
  'the record failed, nothing was sent',
  'it was sent on, nothing was committed',
  'it was handled in the retry topic, nothing was committed',
  'it failed in the retry topic, nothing was sent',
  'it was sent to the dead letters, nothing was committed',
] as const
export type CrashPoint = (typeof CRASH_POINTS)[number]
