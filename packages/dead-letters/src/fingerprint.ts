import { createHash } from 'node:crypto'

export interface FailureIdentity {
  readonly topic: string
  readonly consumerGroup: string
  readonly errorClass: string
  readonly message: string
  readonly stackTrace: string
}

const LENGTH = 16

/**
 * The same for failures with the same cause: topic, group, class of the error, its message without ids and numbers, and the place in the code
 * where it was thrown, without its line, so that another release keeps the group.
 */
export function fingerprintOf({ topic, consumerGroup, errorClass, message, stackTrace }: FailureIdentity): string {
  const parts = [topic, consumerGroup, errorClass, withoutNumbers(message), topFrame(stackTrace, errorClass)]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, LENGTH)
}

/** Every word that holds a digit is a number, an id or a time. */
export function withoutNumbers(text: string): string {
  return text.replace(/[\p{L}\p{N}_-]*\p{N}[\p{L}\p{N}_-]*/gu, '#').trim()
}

/**
 * The first frame of the error itself: in a Java trace below its `Caused by:`, as a listener's error comes wrapped there. Without line
 * numbers and directories.
 */
export function topFrame(stackTrace: string, errorClass: string): string {
  const lines = stackTrace.split('\n').map((line) => line.trim())
  const cause = lines.findIndex((line) => line.startsWith(`Caused by: ${errorClass}`))
  const frame = lines.slice(Math.max(cause, 0)).find((line) => line.startsWith('at '))
  if (frame === undefined) return ''
  const place = frame
    .slice('at '.length)
    .replace(/(?::\d+)+(?=\)?$)/, '')
    .replace(/(?:\w+:)?[^\s()]*[/\\]/, '')
  return withoutNumbers(place)
}
