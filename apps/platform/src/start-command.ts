import type { Flags } from './command-line.ts'
import { describeFlags, parseFlags, usage } from './command-line.ts'
import type { PlatformOptions } from './platform-options.ts'
import type { Topology } from './topology.ts'

export const DEFAULT_DATA_DIR = '.data'

const FLAGS: Flags = {
  data: { type: 'string', value: 'dir', help: `directory of all data and logs (default ${DEFAULT_DATA_DIR})` },
  fresh: { type: 'boolean', help: 'start on empty data: empties the data directory first' },
  services: { type: 'string', value: 'a,b', help: 'run only these services' },
  demo: { type: 'boolean', help: 'place one demo order when everything is up (the first start does so anyway)' },
  'no-demo': { type: 'boolean', help: 'place no demo order' },
  json: { type: 'boolean', help: 'one JSON object per line instead of text, and no demo order unless --demo' },
  'kafka-port': {
    type: 'string',
    value: 'port',
    help: 'port of the broker (default 9092, or the next free one); 0: any',
  },
  'postgres-port': {
    type: 'string',
    value: 'port',
    help: 'port of PostgreSQL (default 54320, or the next free one); 0: any',
  },
  'port-base': {
    type: 'string',
    value: 'port',
    help: 'the console listens here, the services from here plus one (default 8080); 0: any free ports',
  },
  external: {
    type: 'boolean',
    help: 'use a broker and a database that already run: SPRING_KAFKA_BOOTSTRAP_SERVERS and DATABASE_URL name them',
  },
  kafka: { type: 'string', value: 'host:port', help: 'use this broker instead of starting one' },
  postgres: {
    type: 'string',
    value: 'url',
    help: 'use this PostgreSQL server (postgres://user:password@host:port/postgres)',
  },
  topology: {
    type: 'string',
    value: 'file',
    help: 'run what this module exports as `topology` (default: topology.ts)',
  },
  help: { type: 'boolean', short: 'h', help: 'show this' },
}

export const START_HELP = `Starts Kafka, PostgreSQL and the services, and shows each business step.

  npm start
  npm start -- [flags]

${describeFlags(FLAGS)}

Exit codes: 0 stopped · 2 wrong flags · 3 Java or Maven is missing · 4 a port that was asked for is taken · 5 the start failed
`

export interface StartCommand {
  readonly help: boolean
  readonly json: boolean
  /** Undefined: on the first start only. */
  readonly demo: boolean | undefined
  readonly dataDir: string
  /** A script of npm runs this process. */
  readonly underNpm: boolean
  /** Worth telling before the start. */
  readonly notices: readonly string[]
  readonly options: PlatformOptions
}

/** @throws PlatformError USAGE */
export async function readStartCommand(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  topology: Topology,
): Promise<StartCommand> {
  const flags = await parseFlags(words, FLAGS)
  if (flags.has('demo') && flags.has('no-demo')) throw usage('--demo and --no-demo exclude each other')
  const chosen = flags.text('topology') === undefined ? topology : await loadTopology(flags.text('topology') ?? '')
  const external = readExternal(flags.has('external'), flags.text('kafka'), flags.text('postgres'), environment)
  const dataDir = flags.text('data') ?? DEFAULT_DATA_DIR
  const services = flags.text('services')?.split(',')
  return {
    help: flags.has('help'),
    json: flags.has('json'),
    demo: flags.has('demo') ? true : flags.has('no-demo') || flags.has('json') ? false : undefined,
    dataDir,
    underNpm: environment.npm_lifecycle_event !== undefined,
    notices: flags.has('external') ? [] : ignoredAddresses(environment),
    options: {
      topology: chosen,
      dataDir,
      fresh: flags.has('fresh'),
      kafkaPort: flags.port('kafka-port') ?? { preferred: chosen.kafka.port },
      postgresPort: flags.port('postgres-port') ?? { preferred: chosen.postgres.port },
      portBase: flags.port('port-base', 65_000) ?? { preferred: chosen.httpPortBase },
      external,
      followLogs: true,
      // It is there to be tried, and what goes wrong is the better part of it.
      environment: { FAULTS_ENABLED: 'true' },
      ...(services !== undefined && { services: services.map((name) => name.trim()).filter((name) => name !== '') }),
    },
  }
}

function readExternal(
  all: boolean,
  kafka: string | undefined,
  postgres: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): NonNullable<PlatformOptions['external']> {
  const broker = kafka ?? (all ? environment.SPRING_KAFKA_BOOTSTRAP_SERVERS : undefined)
  const database = postgres ?? (all ? environment.DATABASE_URL : undefined)
  if (all && broker === undefined)
    throw usage('--external needs SPRING_KAFKA_BOOTSTRAP_SERVERS=host:port or --kafka host:port')
  if (all && database === undefined)
    throw usage('--external needs DATABASE_URL=postgres://… or --postgres postgres://…')
  if (broker !== undefined && !/^[^\s,]+:\d+(,[^\s,]+:\d+)*$/.test(broker))
    throw usage(`"${broker}" is no broker address; expected host:port`)
  if (database !== undefined && !/^postgres(ql)?:\/\/.+/.test(database)) {
    throw usage('the PostgreSQL address must look like postgres://user:password@host:port/postgres')
  }
  return { ...(broker !== undefined && { kafka: broker }), ...(database !== undefined && { postgres: database }) }
}

/** A DATABASE_URL of another project lies around in many a shell: it is used when asked for, never by accident. */
function ignoredAddresses(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const set = ['SPRING_KAFKA_BOOTSTRAP_SERVERS', 'DATABASE_URL'].filter((name) => environment[name] !== undefined)
  return set.length === 0
    ? []
    : [`${set.join(' and ')} ${set.length === 1 ? 'is' : 'are'} set, but used only with --external`]
}

async function loadTopology(file: string): Promise<Topology> {
  const { pathToFileURL } = await import('node:url')
  const { resolve } = await import('node:path')
  try {
    const module = (await import(pathToFileURL(resolve(file)).href)) as { topology?: Topology }
    if (module.topology !== undefined) return module.topology
  } catch (error) {
    throw usage(`--topology ${file} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`)
  }
  throw usage(`--topology ${file} exports no "topology"`)
}
