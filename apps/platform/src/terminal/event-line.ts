import type pc from 'picocolors'
import type { PlatformEvent, PlatformEventOf } from '../events.ts'
import { clock, eventTone, eventWords, shortId, shortService, thousands, WORDS_WIDTH } from './words.ts'

export type Colours = ReturnType<typeof pc.createColors>

const SERVICE_COLOURS = ['cyan', 'yellow', 'magenta', 'blue', 'green'] as const

export interface LineFormat {
  line(event: PlatformEvent): string | null
}

/** Lines of a running platform: time, service in its own colour, order, what happened, where it can be read. */
export function createLineFormat(services: readonly string[], colours: Colours): LineFormat {
  const names = [...services, 'kafka', 'postgres'].map(shortService)
  const width = Math.max(8, ...names.map((name) => name.length))

  function who(name: string): string {
    const place = names.indexOf(shortService(name))
    const colour = SERVICE_COLOURS[Math.max(place, 0) % SERVICE_COLOURS.length] ?? 'cyan'
    return colours[colour](shortService(name).padEnd(width))
  }

  function row(at: Date, name: string, mark: string, text: string): string {
    return `${colours.dim(clock(at))} ${who(name)} ${mark} ${text}`
  }

  function step({ at, service, key, type, topic, partition, offset }: PlatformEventOf<'step'>): string {
    const tone = eventTone(type)
    const mark = tone === 'bad' ? colours.red('✖') : tone === 'good' ? colours.green('✔') : colours.dim('▸')
    const words = eventWords(type).padEnd(WORDS_WIDTH)
    const coloured = tone === 'bad' ? colours.red(words) : tone === 'good' ? colours.green(words) : words
    return row(
      new Date(at),
      service,
      mark,
      `${colours.bold(shortId(key))} ${coloured} ${colours.dim(`${topic}/${partition}@${offset}`)}`,
    )
  }

  function problem({ at, service, level, message }: PlatformEventOf<'problem'>): string {
    return level === 'warn'
      ? row(new Date(at), service, colours.yellow('!'), colours.yellow(message))
      : row(new Date(at), service, colours.red('✖'), colours.red(message))
  }

  function exited({
    name,
    pid,
    code,
    signal,
    restartInMs,
    logFile,
    lastLines,
  }: PlatformEventOf<'service-exited'>): string {
    const again = restartInMs === 0 ? 'starting it again' : `starting it again in ${restartInMs / 1000} s`
    const text = `process ${pid} ended (${signal ?? `exit code ${code}`}), ${again}; log: ${logFile}`
    const words = code === null || code === 0 ? [] : lastLines.map((line) => colours.dim(`\n             ${line}`))
    return row(new Date(), name, colours.red('✖'), colours.red(text) + words.join(''))
  }

  return {
    line(event) {
      switch (event.event) {
        case 'step':
          return step(event)
        case 'problem':
          return problem(event)
        case 'omitted':
          return colours.dim(`             (+${thousands(event.count)} more)`)
        case 'service-exited':
          return exited(event)
        case 'service-restarted':
          return row(
            new Date(),
            event.name,
            colours.green('✔'),
            `back after ${event.seconds.toFixed(1)} s (pid ${event.pid})`,
          )
        default:
          return null
      }
    },
  }
}
