import type { PlatformEventOf } from './events.ts'

export type Step = PlatformEventOf<'step'>
export type Problem = PlatformEventOf<'problem'>
export type LineKind = 'published' | 'problem' | 'other'

// A line begins {"level":"info",… and a publication ends …,"msg":"published"}: eleven bytes and one comparison tell the kinds apart.
const LEVEL_START = Buffer.from('{"level":"')
const LETTER = LEVEL_START.length
const PUBLISHED = Buffer.from('"msg":"published"}')
const BETWEEN_EVENTS = Buffer.from('"],["')

const PROBLEM_LETTERS = new Set(['w', 'e', 'f'].map((letter) => letter.charCodeAt(0)))

/** Tells what a line is about without parsing it: under load most lines are only counted. */
export function lineKind(line: Buffer): LineKind {
  if (line.length <= LETTER || line.compare(LEVEL_START, 0, LETTER, 0, LETTER) !== 0) return 'other'
  if (PROBLEM_LETTERS.has(line[LETTER] ?? 0)) return 'problem'
  const tail = line.length - PUBLISHED.length
  return tail > 0 && line.compare(PUBLISHED, 0, PUBLISHED.length, tail) === 0 ? 'published' : 'other'
}

/** How many events a `published` line names, without parsing it. */
export function countEvents(line: Buffer): number {
  let count = 1
  for (let at = line.indexOf(BETWEEN_EVENTS); at !== -1; at = line.indexOf(BETWEEN_EVENTS, at + 1)) count += 1
  return count
}

/** The events of a `published` line: `events: [[key, type, 'partition@offset'], …]`. */
export function readSteps(line: Buffer, service: string): readonly Step[] {
  const content = parse(line)
  if (content === null || !Array.isArray(content.events)) return []
  const topic = text(content.topic)
  const at = text(content.time)
  return content.events.filter(Array.isArray).map((event): Step => {
    const [partition = '', offset = ''] = text(event[2]).split('@')
    return {
      event: 'step',
      at,
      service,
      key: text(event[0]),
      type: text(event[1]),
      topic,
      partition: Number(partition),
      offset,
    }
  })
}

export function readProblem(line: Buffer, service: string): Problem | null {
  const content = parse(line)
  if (content === null) return null
  const level = content.level === 'error' || content.level === 'fatal' ? content.level : 'warn'
  const cause = (content.err as { message?: unknown } | undefined)?.message ?? content.reason
  const message = cause === undefined ? text(content.msg) : `${text(content.msg)}: ${text(cause)}`
  return { event: 'problem', at: text(content.time), service, level, message }
}

function parse(line: Buffer): Record<string, unknown> | null {
  try {
    return JSON.parse(line.toString('utf8')) as Record<string, unknown>
  } catch {
    return null
  }
}

function text(value: unknown): string {
  return value === undefined || value === null ? '' : String(value)
}
