import type { Flags } from './command-line.ts'
import { describeFlags, parseFlags, usage } from './command-line.ts'
import type { Scenario } from './scenario.ts'
import { DEFAULT_DATA_DIR } from './start-command.ts'

const FLAGS: Flags = {
  data: {
    type: 'string',
    value: 'dir',
    help: `data directory of the platform that runs (default ${DEFAULT_DATA_DIR})`,
  },
  url: {
    type: 'string',
    value: 'service=url',
    multiple: true,
    help: 'address of a service, instead of looking for it in the data directory; may be repeated',
  },
  timeout: { type: 'string', value: 'seconds', help: 'give up after this time (default 60)' },
  json: { type: 'boolean', help: 'one JSON object per line instead of text' },
  help: { type: 'boolean', short: 'h', help: 'show this' },
}

export function demoHelp(scenarios: readonly Scenario[]): string {
  const list = scenarios.map(({ name, description }) => `  ${name.padEnd(18)}  ${description}`).join('\n')
  return `Plays a scenario against the running platform and tells it step by step.

  npm run demo
  npm run demo -- [scenario] [flags]

Scenarios (default ${DEFAULT_SCENARIO}):
${list}

Flags:
${describeFlags(FLAGS)}

Exit codes: 0 it ended well · 1 it did not · 2 wrong flags · 5 no platform runs
`
}

export const DEFAULT_SCENARIO = 'happy-path'

export interface DemoCommand {
  readonly help: boolean
  readonly json: boolean
  readonly scenario: string
  readonly dataDir: string
  /** Addresses given by flags, by service name. */
  readonly urls: ReadonlyMap<string, string>
  readonly timeoutMs: number
}

/** @throws PlatformError USAGE */
export async function readDemoCommand(words: readonly string[]): Promise<DemoCommand> {
  const flags = await parseFlags(words, FLAGS, 1)
  const urls = flags.texts('url').map((pair) => {
    const [, service, url] = /^([\w-]+)=(https?:\/\/.+)$/.exec(pair) ?? []
    if (service === undefined || url === undefined)
      throw usage(`--url is "${pair}"; expected order-service=http://host:port`)
    return [service, url.replace(/\/$/, '')] as const
  })
  const seconds = Number(flags.text('timeout') ?? 60)
  if (!(seconds > 0)) throw usage(`--timeout is "${flags.text('timeout')}"; expected a number of seconds`)
  return {
    help: flags.has('help'),
    json: flags.has('json'),
    scenario: flags.positionals[0] ?? DEFAULT_SCENARIO,
    dataDir: flags.text('data') ?? DEFAULT_DATA_DIR,
    urls: new Map(urls),
    timeoutMs: seconds * 1_000,
  }
}
