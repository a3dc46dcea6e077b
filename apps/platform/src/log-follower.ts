import { join } from 'node:path'
import type { PlatformEvent, PlatformListener } from './events.ts'
import type { Problem, Step } from './log-line.ts'
import { countEvents, lineKind, readProblem, readSteps } from './log-line.ts'
import { LogTail } from './log-tail.ts'

/** Short for an eye, long enough that a burst is read in large pieces. */
const READ_EVERY_MS = 100
/** What a person can still follow, and a terminal print without slowing the platform down. */
export const SHOWN_PER_SECOND = 20
/** A service that waits for something says so again and again: the same sentence is shown once in this time. */
const SAME_PROBLEM_AFTER_MS = 10_000
const REMEMBERED_PROBLEMS = 1_000

export interface LogFollowerOptions {
  readonly logs: string
  readonly services: readonly string[]
  /** Topics whose events are not reported. */
  readonly quietTopics: readonly string[]
  readonly emit: PlatformListener
}

/**
 * Reports the business steps and problems that the services log, in the order of their time, from now on.
 * At most SHOWN_PER_SECOND of each in a second; the rest is counted (`omitted`) and not even parsed.
 */
export function followLogs(options: LogFollowerOptions): { stop(): void } {
  const quiet = options.quietTopics.map((topic) => Buffer.from(`"topic":"${topic}"`))
  const tails = options.services.map((service) => ({
    service,
    tail: new LogTail(join(options.logs, `${service}.ndjson`), 'end'),
  }))
  const saidUntil = new Map<string, number>()
  let secondEndsAt = 0
  let steps = 0
  let problems = 0
  let omitted = 0

  function takeSteps(line: Buffer, service: string, found: PlatformEvent[]): void {
    if (quiet.some((topic) => line.includes(topic))) return
    const room = SHOWN_PER_SECOND - steps
    if (room <= 0) {
      omitted += countEvents(line)
      return
    }
    const all = readSteps(line, service)
    found.push(...all.slice(0, room))
    steps += Math.min(room, all.length)
    omitted += Math.max(0, all.length - room)
  }

  function takeProblem(line: Buffer, service: string, found: PlatformEvent[]): void {
    if (problems >= SHOWN_PER_SECOND) {
      omitted += 1
      return
    }
    problems += 1
    const problem = readProblem(line, service)
    if (problem === null) return
    const sentence = `${service} ${problem.message}`
    if (performance.now() < (saidUntil.get(sentence) ?? 0)) {
      omitted += 1
      return
    }
    if (saidUntil.size >= REMEMBERED_PROBLEMS) saidUntil.clear()
    saidUntil.set(sentence, performance.now() + SAME_PROBLEM_AFTER_MS)
    found.push(problem)
  }

  function read(): void {
    if (performance.now() >= secondEndsAt) {
      if (omitted > 0) options.emit({ event: 'omitted', count: omitted })
      secondEndsAt = performance.now() + 1_000
      steps = 0
      problems = 0
      omitted = 0
    }
    const found: PlatformEvent[] = []
    for (const { service, tail } of tails) {
      tail.read((line) => {
        const kind = lineKind(line)
        if (kind === 'published') takeSteps(line, service, found)
        else if (kind === 'problem') takeProblem(line, service, found)
      })
    }
    for (const event of found.sort((a, b) => timeOf(a).localeCompare(timeOf(b)))) options.emit(event)
  }

  const timer = setInterval(read, READ_EVERY_MS)
  return {
    stop() {
      clearInterval(timer)
      read()
      if (omitted > 0) options.emit({ event: 'omitted', count: omitted })
      for (const { tail } of tails) tail.close()
    },
  }
}

function timeOf(event: PlatformEvent): string {
  return (event as Step | Problem).at
}
