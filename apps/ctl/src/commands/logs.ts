import { setTimeout as delay } from 'node:timers/promises'
import type { CtlCall, CtlCommand } from '../command.ts'
import type { ConsoleClient } from '../console-client.ts'
import { numberOf } from '../number-of.ts'

interface LogEntry {
  readonly time: string
  readonly level: string
  readonly message: string
  readonly keys: readonly string[]
  readonly events: readonly string[]
  readonly facts: readonly string[]
  readonly error: string | null
}
type Line = LogEntry & { readonly service: string }

interface Answer {
  readonly services: readonly string[]
  readonly rows: readonly Line[]
  readonly place: string
  readonly gap: boolean
}

const POLL_MS = 1_000
/** What one look fetches at most: more within a second is for the files. */
const MOST = 1_000

export const logs: CtlCommand = {
  words: '[service]',
  help: 'what services log, without personal values; all services without a name',
  flags: {
    follow: { type: 'boolean', short: 'f', help: 'go on with what comes, until Ctrl-C' },
    order: { type: 'string', value: 'id', help: 'only lines about this order, cart, event or request' },
    level: { type: 'string', value: 'level', help: 'of this level or above: debug, info, warn, error' },
    limit: { type: 'string', value: 'n', help: 'so many lines of each service to begin with (default 50)' },
  },
  maxWords: 1,
  run: async (call) => {
    const client = await call.console()
    const [service] = call.words
    let answer = await ask(client, service, call, { limit: String(numberOf(call.flags, 'limit') ?? 50) })
    for (;;) {
      const width = Math.max(...answer.services.map(({ length }) => length))
      if (answer.gap)
        call.showLine({ gap: true }, () => '… lines are missing here: more came than is shown, or a log was replaced')
      for (const line of answer.rows) call.showLine(line, () => lineText(line, width))
      if (!call.flags.has('follow') || call.signal.aborted) return 0
      await delay(POLL_MS, undefined, { signal: call.signal }).catch(() => {})
      if (call.signal.aborted) return 0
      answer = await ask(client, service, call, { since: answer.place, limit: String(MOST) })
    }
  },
}

async function ask(
  client: ConsoleClient,
  service: string | undefined,
  { flags }: CtlCall,
  which: Readonly<Record<string, string>>,
): Promise<Answer> {
  const [order, level] = [flags.text('order'), flags.text('level')]
  return (await client.get('system/logs', {
    ...(service !== undefined && { service }),
    ...(order !== undefined && { order }),
    ...(level !== undefined && { level }),
    ...which,
  })) as Answer
}

function lineText({ service, time, level, message, keys, events, facts, error }: Line, width: number): string {
  const about = [...keys, ...events, ...facts].join(' ')
  return [
    time.slice(11, 23),
    service.padEnd(width),
    level.padEnd(5),
    message,
    ...(about === '' ? [] : [`· ${about}`]),
    ...(error === null ? [] : [`· ${error}`]),
  ].join(' ')
}
