import type { PlatformEventOf } from '../events.ts'
import type { Colours } from './event-line.ts'
import type { Screen } from './front.ts'
import { seconds } from './words.ts'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 100
const LABELS: Readonly<Record<string, string>> = { kafka: 'Kafka', postgres: 'PostgreSQL', services: 'services' }
const LABEL_WIDTH = 14
/** Columns before the detail of a step, and one that stays free. */
const DETAIL_AT = LABEL_WIDTH + 14

interface Step {
  readonly label: string
  readonly beganAt: number
  /** Names of the parts that the step stands for, and of those that are ready. */
  readonly parts: Set<string>
  readonly ready: Set<string>
  doing: string
  doneAfter: number | undefined
}

export interface StartProgress {
  show(event: PlatformEventOf<'progress'>): void
  /** Something else is printed: the moving lines step aside. */
  print(text: string): void
  close(): void
}

/** One line per step of a start: broker, database, all services together. With a screen that people watch they move. */
export function createStartProgress(screen: Screen, colours: Colours): StartProgress {
  const steps = new Map<string, Step>()
  let drawn = 0
  let frame = 0
  const timer = screen.interactive ? setInterval(draw, FRAME_MS) : undefined

  function stepOf(name: string): Step {
    const key = LABELS[name] === undefined ? 'services' : name
    const known = steps.get(key)
    if (known !== undefined) return known
    const step: Step = {
      label: LABELS[key] ?? key,
      beganAt: performance.now(),
      parts: new Set(),
      ready: new Set(),
      doing: '',
      doneAfter: undefined,
    }
    steps.set(key, step)
    return step
  }

  function text({ label, beganAt, parts, ready, doing, doneAfter }: Step): string {
    const name = label === 'services' ? `${parts.size} services` : label
    const time = seconds(doneAfter ?? (performance.now() - beganAt) / 1000)
    const mark = doneAfter === undefined ? colours.cyan(FRAMES[frame % FRAMES.length] ?? '') : colours.green('✔')
    const detail = doneAfter !== undefined ? '' : label === 'services' ? `${ready.size} of ${parts.size} ready` : doing
    return ` ${mark} ${name.padEnd(LABEL_WIDTH)} ${time.padStart(7)}  ${colours.dim(detail.slice(0, Math.max(0, screen.columns - DETAIL_AT)))}`.trimEnd()
  }

  function erase(): void {
    if (drawn > 0) screen.write(`\x1b[${drawn}A\x1b[J`)
    drawn = 0
  }

  function draw(): void {
    erase()
    frame += 1
    const lines = [...steps.values()].map(text)
    screen.write(lines.map((line) => `${line}\n`).join(''))
    drawn = lines.length
  }

  function print(line: string): void {
    erase()
    screen.write(`${line}\n`)
    if (screen.interactive) draw()
  }

  return {
    print,
    show({ name, state, message, seconds: elapsed, logFile }) {
      const step = stepOf(name)
      if (state === 'started') {
        step.parts.add(name)
        step.ready.delete(name)
        step.doneAfter = undefined
      }
      if (state === 'doing') step.doing = message
      if (state === 'waiting')
        print(
          colours.yellow(
            `   ${name} takes long (${seconds(elapsed)}), waiting for: ${message}; log: ${logFile ?? '-'}`,
          ),
        )
      if (state !== 'done') return
      step.ready.add(name)
      if (step.ready.size < step.parts.size) return
      step.doneAfter = (performance.now() - step.beganAt) / 1000
      if (!screen.interactive) screen.write(`${text(step)}\n`)
    },
    close() {
      clearInterval(timer)
      if (screen.interactive && steps.size > 0) draw()
      drawn = 0
      steps.clear()
    },
  }
}
