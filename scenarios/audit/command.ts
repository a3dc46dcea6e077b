import { TOPIC_NAMES } from '@stocker/contracts'
import type { Flags, ParsedFlags } from '@stocker/platform'
import {
  DEFAULT_DATA_DIR,
  databaseUrl,
  describeFlags,
  PlatformError,
  parseFlags,
  readRunRecord,
  toPlatformError,
  usage,
} from '@stocker/platform'
import { readTopics } from '../event-log.ts'
import type { AuditReport } from './audit.ts'
import { AUDIT_DEFAULTS, audit } from './audit.ts'
import type { AuditedDatabases, Bookkeeper } from './databases.ts'
import { BOOKKEEPERS, databasesOn } from './databases.ts'
import type { Difference } from './difference.ts'
import { DIFFERENCES, sentenceOf } from './difference.ts'
import { readTrails } from './read-trails.ts'
import { trailDifferences } from './trails.ts'

const FLAGS: Flags = {
  data: {
    type: 'string',
    value: 'dir',
    help: `data directory of the platform that runs (default ${DEFAULT_DATA_DIR})`,
  },
  postgres: {
    type: 'string',
    value: 'url',
    help: 'the database server, instead of looking for it in the data directory',
  },
  database: {
    type: 'string',
    value: 'name=url',
    multiple: true,
    help: `a database that is elsewhere, by name: ${BOOKKEEPERS.join(', ')}; may be repeated`,
  },
  settled: { type: 'boolean', help: 'every order must be at its end; else one under way must have a deadline' },
  'read-models': {
    type: 'boolean',
    help: 'build every read model anew from its events, beside the live one, and compare them row by row',
  },
  trails: {
    type: 'boolean',
    help: 'compare the trails of all cases with the topics, too; only when nothing is under way, and on topics that still have all records',
  },
  kafka: {
    type: 'string',
    value: 'host:port',
    help: 'the broker for --trails, instead of looking for it in the data directory',
  },
  patience: {
    type: 'string',
    value: 'seconds',
    help: `how long a difference must be there to count (default ${AUDIT_DEFAULTS.patienceMs / 1_000})`,
  },
  json: { type: 'boolean', help: 'one JSON object instead of text' },
  help: { type: 'boolean', short: 'h', help: 'show this' },
}

const HELP = `Compares the books of all services and of the payment gateway: money, stock, and the end of every order.

  npm run audit
  npm run audit -- [flags]

${describeFlags(FLAGS)}

Exit codes: 0 the books agree · 1 they do not · 2 wrong flags · 5 no platform runs, or a database cannot be read
`

const isBookkeeper = (name: string | undefined): name is Bookkeeper =>
  (BOOKKEEPERS as readonly (string | undefined)[]).includes(name)

/** The databases that are named one by one. */
const namedDatabases = (pairs: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    pairs.map((pair) => {
      const [, name, url] = /^(\w+)=(postgres(?:ql)?:\/\/.+)$/.exec(pair) ?? []
      if (!isBookkeeper(name) || url === undefined)
        throw usage(`--database is "${pair}"; expected <name>=postgres://…, with one of ${BOOKKEEPERS.join(', ')}`)
      return [name, url]
    }),
  )

const runningOn = async (flags: ParsedFlags, instead: string) => {
  const dataDir = flags.text('data') ?? DEFAULT_DATA_DIR
  const record = await readRunRecord(dataDir)
  if (record !== null) return record
  throw new PlatformError(
    'NOT_RUNNING',
    `no platform runs on the data directory ${dataDir}: start it with npm start, or name the server with ${instead}`,
  )
}

const databasesOf = async (flags: ParsedFlags): Promise<AuditedDatabases> => {
  const named = namedDatabases(flags.texts('database'))
  const others = named.size < BOOKKEEPERS.length
  const server = others ? (flags.text('postgres') ?? (await runningOn(flags, '--postgres')).postgres) : ''
  return databasesOn((name) => named.get(name) ?? databaseUrl(server, name))
}

const trailsOf = async (databases: AuditedDatabases, flags: ParsedFlags): Promise<readonly Difference[]> => {
  const records = await readTopics(flags.text('kafka') ?? (await runningOn(flags, '--kafka')).kafka, TOPIC_NAMES)
  return trailDifferences(records, await readTrails(databases, records))
}

const describe = ({ differences, ordersByStatus, ...sums }: AuditReport): string => {
  const states = Object.entries(ordersByStatus).map(([status, orders]) => `${orders} ${status}`)
  const lines = [
    `${sums.orders} orders${states.length === 0 ? '' : `: ${states.sort().join(', ')}`}`,
    `${sums.charged} charged, ${sums.refunded} given back, in minor units; ${sums.carts} carts checked out, ${sums.skus} products in stock`,
  ]
  if (differences.length === 0) return [...lines, 'The books agree.'].join('\n')
  const kinds = [...new Set(differences.map(({ kind }) => kind))]
  return [
    ...lines,
    `${differences.length} differences:`,
    ...differences.map((difference) => `  ${sentenceOf(difference)}`),
    '',
    ...kinds.map((kind) => `${kind}: ${DIFFERENCES[kind]}`),
    'What to do: docs/runbook.md, "Do the books agree?"',
  ].join('\n')
}

const main = async (words: readonly string[]): Promise<number> => {
  const flags = await parseFlags(words, FLAGS)
  if (flags.has('help')) {
    process.stdout.write(HELP)
    return 0
  }
  const patience = Number(flags.text('patience') ?? AUDIT_DEFAULTS.patienceMs / 1_000)
  if (!(patience >= 0)) throw usage(`--patience is "${flags.text('patience')}"; expected a number of seconds`)
  const databases = await databasesOf(flags)
  const books = await audit(databases, {
    settled: flags.has('settled'),
    readModels: flags.has('read-models'),
    patienceMs: patience * 1_000,
  })
  const trails = flags.has('trails') ? await trailsOf(databases, flags) : []
  const report = { ...books, differences: [...books.differences, ...trails] }
  console.log(flags.has('json') ? JSON.stringify(report) : describe(report))
  return report.differences.length === 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2)).catch((cause: unknown) => {
  const { code, message, exitCode } = toPlatformError(cause, 'the audit cannot be made')
  if (process.argv.includes('--json')) console.log(JSON.stringify({ event: 'error', code, message, exitCode }))
  else console.error(message)
  return exitCode
})
