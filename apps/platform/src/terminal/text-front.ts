import { relative } from 'node:path'
import pc from 'picocolors'
import type { PlatformEvent, PlatformEventOf } from '../events.ts'
import type { LineFormat } from './event-line.ts'
import { createLineFormat } from './event-line.ts'
import type { Front, Screen } from './front.ts'
import { display, readyTable } from './ready-table.ts'
import { createStartProgress } from './start-progress.ts'
import { seconds } from './words.ts'

export interface TextFrontOptions {
  readonly screen: Screen
  readonly version: string
  /** Keys that are listened to, for the hint below the table. */
  readonly keys: string
}

export function createTextFront({ screen, version, keys }: TextFrontOptions): Front {
  const colours = pc.createColors(screen.colour)
  const progress = createStartProgress(screen, colours)
  let format: LineFormat = createLineFormat([], colours)
  let logs = ''

  function header({ dataDir, node }: PlatformEventOf<'starting'>): string {
    const data = relative(process.cwd(), dataDir) || '.'
    return `\n ${colours.bold(`amazon-platform ${version}`)} · node ${node} · data ${data} ${colours.dim('(kept; npm start -- --fresh empties it)')}\n`
  }

  function ready(event: PlatformEventOf<'ready'>): string {
    format = createLineFormat(
      event.services.map(({ name }) => name),
      colours,
    )
    const table = readyTable({ ...event, logs }, colours)
    return `\n ${colours.green(`ready in ${seconds(event.seconds)}`)}\n${table}${keys === '' ? '' : `  ${colours.dim(keys)}\n`}`
  }

  function text(event: PlatformEvent): string | null {
    switch (event.event) {
      case 'starting':
        logs = `${relative(process.cwd(), event.dataDir) || '.'}/logs`
        return header(event)
      case 'notice':
        return colours.yellow(` ! ${event.message}`)
      case 'port-taken':
        return colours.yellow(
          ` ! port ${event.port} for ${event.name} is taken${event.owner === null ? '' : ` by ${event.owner}`}; using ${event.using}`,
        )
      case 'already-running': {
        const urls = event.services.map(({ name, url }) => `   ${name.padEnd(18)} ${display(url)}`)
        return [
          ` already running, pid ${event.pid}`,
          ...urls,
          ...(event.console === undefined ? [] : [`   Console            ${display(event.console)}`]),
          `   Kafka              ${event.kafka}`,
          `   PostgreSQL         ${event.postgres}`,
        ].join('\n')
      }
      case 'ready':
        return ready(event)
      case 'try':
        return `  Try:  ${event.command}\n`
      case 'demo':
        return event.delivered ? colours.green(` ✔ ${event.message}\n`) : colours.red(` ✖ ${event.message}\n`)
      case 'stopping':
        return colours.dim('\n stopping: services first, then broker and database (again: end everything at once)')
      case 'stopped':
        return ` stopped in ${seconds(event.seconds)}`
      case 'error':
        return colours.red(` ✖ ${event.message}`)
      default:
        return format.line(event)
    }
  }

  return {
    show(event: PlatformEvent): void {
      if (event.event === 'progress') {
        progress.show(event)
        return
      }
      if (event.event === 'ready' || event.event === 'error' || event.event === 'stopping') progress.close()
      const line = text(event)
      if (line !== null) progress.print(line)
    },
    close: () => progress.close(),
  }
}
