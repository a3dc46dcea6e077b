import { setTimeout as delay } from 'node:timers/promises'
import type { CtlCall, CtlCommand } from '../command.ts'
import type { ConsoleClient } from '../console-client.ts'
import { numberOf } from '../number-of.ts'
import { readSystem } from './ps.ts'

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
    const [named] = call.words
    const services = named === undefined ? await servicesOf(client) : [named]
    const width = Math.max(...services.map((service) => service.length))
    const seen = new Set<string>()
    let limit = numberOf(call.flags, 'limit') ?? 50
    for (;;) {
      for (const line of await newest(client, services, call, limit)) {
        const name = JSON.stringify(line)
        if (seen.has(name)) continue
        seen.add(name)
        call.showLine(line, () => lineText(line, width))
      }
      if (!call.flags.has('follow') || call.signal.aborted) return 0
      forgetOldest(seen)
      limit = MOST
      await delay(POLL_MS, undefined, { signal: call.signal }).catch(() => {})
    }
  },
}

/** Those that the console knows, and itself. */
const servicesOf = async (client: ConsoleClient): Promise<readonly string[]> => [
  ...new Set([...(await readSystem(client)).services.map(({ name }) => name), 'console']),
]

async function newest(
  client: ConsoleClient,
  services: readonly string[],
  { flags }: CtlCall,
  limit: number,
): Promise<readonly Line[]> {
  const [order, level] = [flags.text('order'), flags.text('level')]
  const query = { limit: String(limit), ...(order !== undefined && { order }), ...(level !== undefined && { level }) }
  const each = services.map(async (service) => {
    const { entries } = (await client.get(`system/logs/${encodeURIComponent(service)}`, query)) as {
      readonly entries: readonly LogEntry[]
    }
    return entries.map((entry) => ({ service, ...entry }))
  })
  return (await Promise.all(each)).flat().sort((a, b) => (a.time < b.time ? -1 : 1))
}

/** Twice what is fetched at once is more than can come again. */
function forgetOldest(seen: Set<string>): void {
  const most = 20 * MOST
  for (const name of seen) {
    if (seen.size <= most) return
    seen.delete(name)
  }
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
