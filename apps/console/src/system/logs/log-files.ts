import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Masker } from '../../access/masking.ts'
import { systemProblem } from '../problems.ts'
import type { LogLine } from './log-line.ts'
import type { LogPlace } from './log-place.ts'
import { placesOf, placesText } from './log-place.ts'
import type { LogFilter, LogQuery } from './log-query.ts'
import type { LogNews, LogPage } from './read-log.ts'
import { readLog, readLogSince } from './read-log.ts'

const ENDING = '.ndjson'

/** Lines of several logs, the oldest first. */
export interface LogLines {
  readonly rows: readonly LogLine[]
  /** Lines that were read, whether they fit or not. */
  readonly lines: number
  /** Where reading goes on. */
  readonly place: string
  /** Whether lines between were not read. */
  readonly gap: boolean
}

/** Places, as `LogLines` has them. */
export interface Stretch {
  readonly since: string
  /** Default: to the end. */
  readonly until?: string | undefined
}

export interface LogFiles {
  /** Whether the console knows where they are. */
  readonly available: boolean
  /** Services that have a log, by name. */
  services(): Promise<readonly string[]>
  /** @throws ProblemError NO_LOGS, NO_SUCH_SERVICE */
  read(service: string, query: LogQuery, masker: Masker): Promise<LogPage>
  /** The newest lines of a service, or of each, and the place from which `since` goes on. @throws ProblemError NO_LOGS, NO_SUCH_SERVICE */
  newest(service: string | undefined, query: LogQuery, masker: Masker): Promise<LogLines>
  /** What came since a place. A log that was not there then is read from its beginning. @throws ProblemError NO_LOGS, NO_SUCH_SERVICE */
  since(service: string | undefined, stretch: Stretch, filter: LogFilter, masker: Masker): Promise<LogLines>
}

export function createLogFiles(directory: string | undefined): LogFiles {
  const services = async (): Promise<readonly string[]> => {
    if (directory === undefined) return []
    const files = await readdir(directory).catch(() => [])
    return files
      .filter((file) => file.endsWith(ENDING))
      .map((file) => file.slice(0, -ENDING.length))
      .sort()
  }
  /** Without a name all of them. By the list alone: a name from outside never becomes a path. */
  const filesOf = async (service?: string): Promise<readonly { readonly name: string; readonly file: string }[]> => {
    if (directory === undefined) throw systemProblem('NO_LOGS', 'No directory of log files is configured.')
    const known = await services()
    if (service !== undefined && !known.includes(service)) {
      throw systemProblem('NO_SUCH_SERVICE', `There is no log of ${service}; there are ${known.join(', ') || 'none'}.`)
    }
    return (service === undefined ? known : [service]).map((name) => ({
      name,
      file: join(directory, `${name}${ENDING}`),
    }))
  }
  return {
    available: directory !== undefined,
    services,
    read: async (service, query, masker) => {
      const [{ file } = { file: '' }] = await filesOf(service)
      return readLog(file, query, masker)
    },
    newest: async (service, query, masker) =>
      together(
        (await filesOf(service)).map(async ({ name, file }) => {
          const { entries, place } = await readLog(file, query, masker)
          const found = entries.toReversed().map((entry, at) => ({ offset: at - entries.length, entry }))
          return { name, news: { found, lines: entries.length, place, gap: false } }
        }),
      ),
    since: async (service, { since, until = '' }, filter, masker) => {
      const [from, to] = [placesOf(since), placesOf(until)]
      return together(
        (await filesOf(service)).map(async ({ name, file }) => ({
          name,
          news: await readLogSince(file, { since: from.get(name), until: to.get(name) }, filter, masker),
        })),
      )
    },
  }
}

async function together(
  reads: readonly Promise<{ readonly name: string; readonly news: LogNews }>[],
): Promise<LogLines> {
  const all = await Promise.all(reads)
  const rows = all.flatMap(({ name, news: { found, place } }) =>
    found.map(({ offset, entry }) => ({ service: name, id: `${name}@${place.inode}:${offset}`, ...entry })),
  )
  return {
    rows: rows.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)),
    lines: all.reduce((sum, { news }) => sum + news.lines, 0),
    place: placesText(new Map(all.map(({ name, news }): [string, LogPlace] => [name, news.place]))),
    gap: all.some(({ news }) => news.gap),
  }
}

/** What there is no room for is the oldest, and is said to be missing. */
export const newestOf = (lines: LogLines, limit: number): LogLines =>
  lines.rows.length <= limit ? lines : { ...lines, rows: lines.rows.slice(-limit), gap: true }
