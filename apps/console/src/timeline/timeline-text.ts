import { effectText, tellingEffects } from './effect-text.ts'
import type { ExpectedStep, FoldedSteps, Step, StepKind, StepState, Timeline } from './timeline.ts'
import { HOPS, isFolded } from './timeline.ts'
import type { Waiting } from './waiting/waiting.ts'
import { clock, offsetText, plural, shortService, span } from './words.ts'

/** So long nothing happened: worth a line of its own. Milliseconds. */
export const IDLE_MS = 1_000

export const STATE_MARKS: Readonly<Record<StepState, string>> = {
  done: '■',
  duplicate: '=',
  failing: '✖',
  dead: '†',
  undecodable: '?',
}

export const STATE_WORDS: Readonly<Record<StepState, string>> = {
  done: 'done',
  duplicate: 'duplicate ignored',
  failing: 'failing',
  dead: 'given up: dead letter',
  undecodable: 'cannot be read',
}

export const KIND_WORDS: Readonly<Record<StepKind, string>> = {
  command: 'asked for from outside',
  message: 'handled',
  answer: 'answered from outside',
  deadline: 'deadline',
}

const LANE = 13

/** The timeline for a terminal: what a page shows, in the same order. `waiting`: what it waits for, if somebody has found out. */
export function timelineText(timeline: Timeline, waiting?: Waiting): string {
  const { orderId, status, startedAt, lastAt, asOf, steps, totalSteps, expected, slowest, unread } = timeline
  const took = startedAt === null || lastAt === null ? '' : ` · ${span(Date.parse(lastAt) - Date.parse(startedAt))}`
  const lines = [`Order ${orderId} · ${status ?? 'not known'}${took} · ${plural(totalSteps, 'step')}`]
  if (waiting !== undefined) {
    lines.push(`  ${waiting.sentence}`)
    if (waiting.todo !== null) lines.push(`  → ${waiting.todo}`)
  }
  for (const { service, reason } of unread) lines.push(`  ! ${service} could not be read: ${reason}`)
  if (startedAt !== null) lines.push('', `  ${clock(startedAt)} UTC`)
  for (const entry of steps)
    lines.push(
      ...(isFolded(entry)
        ? foldedLines(entry)
        : stepLines(entry, slowest?.step === entry.id ? slowest.hop : null, orderId)),
    )
  if (expected.length > 0) lines.push('', '  still to come')
  for (const step of expected) lines.push(expectedLine(step, asOf))
  return `${lines.join('\n')}\n`
}

const foldedLines = ({ service, count }: FoldedSteps): readonly string[] => [
  `  ${''.padStart(LANE)}  ⋯ ${plural(count, 'step')} of ${shortService(service)} ⋯`,
]

function stepLines(step: Step, slowest: string | null, orderId: string): readonly string[] {
  const { service, state, kind, title, offsetMs, idleMs, attempts, effects, events, source, redriven } = step
  const indent = `  ${''.padStart(LANE)}  ${''.padEnd(10)}`
  const lines = idleMs >= IDLE_MS ? [`  ${''.padStart(LANE)}  ⋯ ${span(idleMs)} ⋯`] : []
  const words = [
    kind === 'message' ? (state === 'done' ? '' : STATE_WORDS[state]) : KIND_WORDS[kind],
    redriven ? 'sent again after it had been given up' : '',
    source === null ? '' : `${source.topic}/${source.partition}@${source.offset}`,
    hopsText(step, slowest),
    usualText(step),
  ].filter((word) => word !== '')
  lines.push(
    `  ${offsetText(offsetMs).padStart(LANE)}  ${shortService(service).padEnd(8)} ${STATE_MARKS[state]} ${title}${words.length === 0 ? '' : `  ${words.join(' · ')}`}`,
  )
  for (const { attempt, at, outcome, error } of attempts) {
    if (outcome !== 'duplicate')
      lines.push(`${indent}  ✖ attempt ${attempt} ${clock(at)} ${outcome}${error === null ? '' : `: ${error}`}`)
  }
  if (attempts.length > 1 && state === 'duplicate') lines.push(`${indent}  ${attempts.length} times`)
  for (const { type, publication } of events) {
    if (type !== title || kind === 'message')
      lines.push(`${indent}  → ${type}${publication === 'published' ? '' : ` (${publication})`}`)
  }
  for (const effect of tellingEffects(effects)) lines.push(`${indent}  · ${effectText(effect, orderId)}`)
  return lines
}

export function hopsText({ hops, clockSkew }: Pick<Step, 'hops' | 'clockSkew'>, slowest: string | null): string {
  const parts = HOPS.flatMap((hop) => {
    const ms = hops[hop]
    return ms === null ? [] : [`${hop} ${span(ms)}${hop === slowest ? ' (slowest)' : ''}`]
  })
  return [...parts, ...(clockSkew ? ['clock skew'] : [])].join(' · ')
}

/** `usually 41 ms`; with how long it took where that is far longer. */
export function usualText({ tookMs, usualMs, slow }: Pick<Step, 'tookMs' | 'usualMs' | 'slow'>): string {
  if (tookMs === null || usualMs === null) return ''
  return slow ? `took ${span(tookMs)}, far longer than usual (${span(usualMs)})` : `usually ${span(usualMs)}`
}

export function expectedText({ kind, title, attempts, dueAt, overdue, lastError }: ExpectedStep, asOf: string): string {
  const due =
    dueAt === null
      ? ''
      : Date.parse(dueAt) <= Date.parse(asOf)
        ? overdue
          ? `, was due at ${dueAt}`
          : ', now'
        : `, in ${span(Date.parse(dueAt) - Date.parse(asOf))}`
  const words = {
    handling: attempts > 0 ? `attempt ${attempts + 1} at ${title}${due}` : `to handle ${title}`,
    publication: `to publish ${title}`,
    call: `answer to ${title}${attempts > 0 ? `, ${plural(attempts, 'failed attempt')}${due}` : ''}`,
    deadline: `deadline ${title}${due}`,
    event: title,
  }[kind]
  return lastError === null ? words : `${words} (${lastError})`
}

const expectedLine = (step: ExpectedStep, asOf: string): string =>
  `  ${''.padStart(LANE)}  ${shortService(step.service).padEnd(8)} ◌ ${expectedText(step, asOf)}`
