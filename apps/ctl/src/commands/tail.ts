import { usage } from '@stocker/platform'
import { shortened } from '../columns.ts'
import type { CtlCall, CtlCommand } from '../command.ts'
import type { ConsoleClient } from '../console-client.ts'
import { numberOf } from '../number-of.ts'
import { timeOf } from '../time-words.ts'

interface Row {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly timestamp: string | null
  readonly key: string | null
  readonly type: string | null
  readonly preview: string
}
interface Message extends Omit<Row, 'preview'> {
  readonly value: { readonly json?: unknown; readonly text?: string; readonly base64?: string } | null
}

const PREVIEW_LENGTH = 120
const PLACES: readonly string[] = ['latest', 'earliest']

export const tail: CtlCommand = {
  words: '',
  help: 'records of topics, without personal values: the newest, or from a time on; -f goes on with what comes',
  flags: {
    topic: {
      type: 'string',
      multiple: true,
      value: 'topic',
      help: 'several times for several (default: those of the services)',
    },
    key: { type: 'string', value: 'key', help: 'with this key, such as an order’s id' },
    type: { type: 'string', value: 'type', help: 'of this type, such as OrderCreatedEvent' },
    filter: { type: 'string', value: 'text', help: 'that hold these words or fields: total.amount>=5000' },
    from: { type: 'string', value: 'time', help: 'from then on: 10m ago, @12:00, an ISO 8601 time, or earliest' },
    limit: { type: 'string', value: 'n', help: 'so many of each topic to begin with (default 20)' },
    follow: { type: 'boolean', short: 'f', help: 'go on with what comes, until Ctrl-C' },
  },
  maxWords: 0,
  run: async (call) => {
    const client = await call.console()
    const named = call.flags.texts('topic')
    const topics = named.length > 0 ? named : await topicsOfServices(client)
    if (topics.length === 0) throw usage('no topic of a service is there; name one with --topic')
    const follows = call.flags.has('follow')
    // What has gone by is shown beside what comes only when a time is named.
    if (!follows || call.flags.text('from') !== undefined) {
      for (const row of await newest(client, topics, call)) call.showLine(row, () => rowText(row))
    }
    if (follows) await follow(client, topics, call)
    return 0
  },
}

async function topicsOfServices(client: ConsoleClient): Promise<readonly string[]> {
  const { topics } = (await client.get('messages')) as { readonly topics: readonly { name: string; owner?: string }[] }
  return topics.filter(({ owner }) => owner !== undefined).map(({ name }) => name)
}

function conditions({ flags }: CtlCall): Record<string, string> {
  const given = ['key', 'type', 'filter'].map((flag) => [flag, flags.text(flag)] as const)
  return Object.fromEntries(given.filter((pair): pair is readonly [string, string] => pair[1] !== undefined))
}

async function newest(client: ConsoleClient, topics: readonly string[], call: CtlCall): Promise<readonly Row[]> {
  const from = call.flags.text('from')
  const query = {
    ...conditions(call),
    limit: String(numberOf(call.flags, 'limit') ?? 20),
    ...(from !== undefined && { from: PLACES.includes(from) ? from : timeOf(from, 'from', new Date()) }),
  }
  const pages = topics.map(async (topic) => {
    const { messages } = (await client.get(`messages/${encodeURIComponent(topic)}`, query)) as {
      readonly messages: readonly Message[]
    }
    return messages.map(({ value, ...rest }) => ({ ...rest, preview: previewOf(value) }))
  })
  const rows = (await Promise.all(pages)).flat()
  return rows.sort((a, b) => ((a.timestamp ?? '') < (b.timestamp ?? '') ? -1 : 1))
}

/** The console ends a stream after a while, so that nobody sees for ever what they could see once: then it is asked anew. */
async function follow(client: ConsoleClient, topics: readonly string[], call: CtlCall): Promise<void> {
  const query = new URLSearchParams(conditions(call)).toString()
  const channels = topics.map((topic) => encodeURIComponent(`tail:${topic}${query === '' ? '' : `?${query}`}`))
  while (!call.signal.aborted) {
    try {
      for await (const { event, data } of client.events(`stream?ch=${channels.join(',')}`, call.signal)) {
        const topic = /^tail:([^?]+)/.exec(event)?.[1]
        if (topic === undefined) continue
        for (const frame of [data].flat() as { readonly rows?: readonly Omit<Row, 'topic'>[] }[]) {
          for (const row of frame.rows ?? []) call.showLine({ topic, ...row }, () => rowText({ topic, ...row }))
        }
      }
    } catch (error) {
      if (!call.signal.aborted) throw error
    }
  }
}

function previewOf(value: Message['value']): string {
  if (value === null) return '(tombstone)'
  return value.text ?? (value.base64 === undefined ? JSON.stringify(value.json) : `base64 ${value.base64}`)
}

function rowText({ topic, partition, offset, timestamp, key, type, preview }: Row): string {
  const place = `${topic}/${partition}@${offset}`
  return `${timestamp?.slice(11, 23) ?? '(no time)'}  ${place}  ${key ?? '(no key)'}  ${type ?? '?'}  ${shortened(preview, PREVIEW_LENGTH)}`
}
