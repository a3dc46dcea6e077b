import type { Logger } from '@stocker/service-kit'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { maskerOf } from '../../access/masking.ts'
import type { Channel } from '../../stream/stream-hub.ts'
import { systemProblem } from '../problems.ts'
import { LogFilterFields } from '../system-views.ts'
import type { LogFiles, LogLines } from './log-files.ts'
import type { LogFrame } from './log-line.ts'

const LOOK_MS = 500
/** So many rows are shown of one look at most: what one can still see go by, 200 a second. */
export const ROWS_PER_LOOK = 100

const LogParameters = Type.Object(
  { service: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })), ...LogFilterFields },
  { additionalProperties: false },
)

/**
 * The channel `logs:service=…&order=…&level=…&text=…`: what is logged from now on. Its first frame says from where. Each frame begins where the one before ended,
 * so that a listener knows what it missed, and asks `GET /ops/api/system/logs?since=<place>` for it.
 */
export function logsChannel(logs: LogFiles, logger: Logger): Channel {
  return {
    kind: 'append',
    access: 'operator',
    open(argument, { role }, push) {
      const { service, ...filter } = parametersOf(argument)
      const masker = maskerOf(role)
      let place: string | undefined
      let closed = false
      let failing = false
      let timer: NodeJS.Timeout | undefined
      const look = async (): Promise<void> => {
        if (place === undefined) {
          const begin = await logs.newest(service, { limit: 0 }, masker)
          place = begin.place
          return push(frameOf(begin, place))
        }
        const news = await logs.since(service, { since: place }, filter, masker)
        if (news.place === place) return
        push(frameOf(news, place))
        place = news.place
      }
      const lookAgain = async (): Promise<void> => {
        try {
          await look()
          failing = false
        } catch (error) {
          // Once: it is tried again twice a second.
          if (!failing) logger.warn({ err: error }, 'the logs cannot be followed')
          failing = true
        }
        if (!closed) timer = setTimeout(lookAgain, LOOK_MS)
      }
      void lookAgain()
      return () => {
        closed = true
        clearTimeout(timer)
      }
    },
  }
}

/** Of too many rows an even share. */
export function frameOf({ rows, lines, place, gap }: LogLines, since: string): LogFrame {
  const oneIn = Math.max(1, Math.ceil(rows.length / ROWS_PER_LOOK))
  const shown = rows.filter((_row, at) => at % oneIn === 0)
  return { rows: shown, lines, matched: rows.length, oneIn, since, place, gap }
}

function parametersOf(argument: string) {
  const given: unknown = Object.fromEntries(new URLSearchParams(argument))
  if (Value.Check(LogParameters, given)) return given
  throw systemProblem('INVALID_LOG_FILTER', `${argument}: expected service=…&order=…&level=…&text=…`)
}
