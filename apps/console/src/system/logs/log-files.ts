import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Masker } from '../../access/masking.ts'
import { systemProblem } from '../problems.ts'
import type { LogPage, LogQuery } from './read-log.ts'
import { readLog } from './read-log.ts'

const ENDING = '.ndjson'

export interface LogFiles {
  /** Whether the console knows where they are. */
  readonly available: boolean
  /** Services that have a log, by name. */
  services(): Promise<readonly string[]>
  /** @throws ProblemError NO_LOGS, NO_SUCH_SERVICE */
  read(service: string, query: LogQuery, masker: Masker): Promise<LogPage>
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
  return {
    available: directory !== undefined,
    services,
    read: async (service, query, masker) => {
      if (directory === undefined) throw systemProblem('NO_LOGS', 'No directory of log files is configured.')
      // By the list alone: a name from outside never becomes a path.
      const known = await services()
      if (!known.includes(service)) {
        throw systemProblem(
          'NO_SUCH_SERVICE',
          `There is no log of ${service}; there are ${known.join(', ') || 'none'}.`,
        )
      }
      return readLog(join(directory, `${service}${ENDING}`), query, masker)
    },
  }
}
