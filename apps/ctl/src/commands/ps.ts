import { columns } from '../columns.ts'
import type { CtlCommand } from '../command.ts'
import type { ConsoleClient } from '../console-client.ts'

export interface SystemAnswer {
  readonly services: readonly {
    readonly name: string
    readonly url: string
    readonly state: string
    readonly detail: string
    readonly pid: number | null
    readonly restarts: number | null
    readonly residentBytes: number | null
  }[]
  readonly broker: {
    readonly up: boolean
    readonly detail: string
    readonly topics: number
    readonly withoutLeader: number
  }
  readonly databases: readonly {
    readonly service: string
    readonly up: boolean
    readonly detail: string
    readonly migrations: number | null
    readonly lastMigration: string | null
  }[]
}

export const readSystem = async (client: ConsoleClient): Promise<SystemAnswer> =>
  (await client.get('system')) as SystemAnswer

/** Names of what does not work, with the reason. */
export const notReady = ({ services, broker, databases }: SystemAnswer): readonly string[] => [
  ...services
    .filter(({ state }) => state !== 'ready')
    .map(({ name, state, detail }) => `${name} is ${state}: ${detail}`),
  ...(broker.up ? [] : [`the broker: ${broker.detail}`]),
  ...databases.filter(({ up }) => !up).map(({ service, detail }) => `the database of ${service}: ${detail}`),
]

export const ps: CtlCommand = {
  words: '',
  help: 'services, broker and databases; exit code 1 when something is not ready',
  flags: {},
  maxWords: 0,
  run: async ({ console: connect, show }) => {
    const system = await readSystem(await connect())
    show(system, () => psText(system))
    return notReady(system).length === 0 ? 0 : 1
  },
}

function psText(system: SystemAnswer): string {
  const { services, broker, databases } = system
  const megabytes = (bytes: number | null): string => (bytes === null ? '' : `${Math.round(bytes / 1_048_576)} MiB`)
  return columns([
    ['name', 'state', 'url', 'pid', 'restarts', 'memory', 'detail'],
    ...services.map(({ name, state, url, pid, restarts, residentBytes, detail }) => [
      name,
      state,
      url,
      String(pid ?? ''),
      String(restarts ?? ''),
      megabytes(residentBytes),
      detail,
    ]),
    ['broker', broker.up ? 'ready' : 'away', '', '', '', '', broker.detail],
    ...databases.map(({ service, up, detail }) => [
      `database of ${service}`,
      up ? 'ready' : 'away',
      '',
      '',
      '',
      '',
      detail,
    ]),
  ])
}
