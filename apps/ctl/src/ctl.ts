import { userInfo } from 'node:os'
import { DEFAULT_DATA_DIR, describeFlags, parseFlags, usage } from '@stocker/platform'
import type { CtlCommand } from './command.ts'
import { COMMON_FLAGS } from './command.ts'
import { alerts } from './commands/alerts.ts'
import { DLT_HELP, dlt } from './commands/dlt.ts'
import { doctor } from './commands/doctor.ts'
import { fault } from './commands/fault.ts'
import { lag } from './commands/lag.ts'
import { logs } from './commands/logs.ts'
import { order } from './commands/order.ts'
import { ps } from './commands/ps.ts'
import { sagas } from './commands/sagas.ts'
import { tail } from './commands/tail.ts'
import { token } from './commands/token.ts'
import { wait } from './commands/wait.ts'
import { createConsoleClient } from './console-client.ts'
import { findConsole } from './find-console.ts'

const COMMANDS: Readonly<Record<string, CtlCommand>> = {
  ps,
  logs,
  wait,
  order,
  tail,
  lag,
  dlt,
  sagas,
  alerts,
  fault,
  doctor,
  token,
}
/** What a command has to say beside its flags. */
const MORE: Readonly<Record<string, string>> = { dlt: DLT_HELP }

export const CTL_HELP = `Shows and operates the running platform, through the API of its console.

${Object.entries(COMMANDS)
  .map(([name, { words, help }]) => `  npm run ctl -- ${`${name} ${words}`.trimEnd()}\n      ${help}`)
  .join('\n')}

Every command takes -o json, and --help, which lists its flags.

Exit codes: 0 done · 1 something is not as it should be · 2 wrong words · 5 the console does not answer, or refuses
`

/**
 * `order 5c4c…`; the process's exit code. `signal` ends what goes on until it is ended.
 * @throws PlatformError USAGE, NOT_RUNNING, REFUSED, NO_ISSUER
 */
export async function runCtl(
  words: readonly string[],
  print: (text: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  const [name = '', ...rest] = words
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) {
    throw usage(`"${name}" is not known; expected one of ${Object.keys(COMMANDS).join(', ')}`)
  }
  const flags = await parseFlags(rest, { ...command.flags, ...COMMON_FLAGS }, command.maxWords)
  if (flags.has('help')) {
    print(helpOf(name, command))
    return 0
  }
  const output = flags.text('output') ?? 'text'
  if (output !== 'text' && output !== 'json') throw usage(`-o is "${output}"; expected text or json`)
  const asJson = output === 'json'
  const dataDir = flags.text('data') ?? DEFAULT_DATA_DIR
  return command.run({
    words: flags.positionals,
    flags,
    dataDir,
    console: async () =>
      createConsoleClient({ ...(await findConsole(flags, dataDir)), name: flags.text('by') ?? userInfo().username }),
    show: (value, text) => print(asJson ? JSON.stringify(value, null, 2) : text()),
    showLine: (value, text) => print(asJson ? JSON.stringify(value) : text()),
    signal,
  })
}

function helpOf(name: string, { words, help, flags }: CtlCommand): string {
  return [
    `npm run ctl -- ${`${name} ${words}`.trimEnd()}`,
    '',
    `  ${help}`,
    ...(MORE[name] === undefined ? [] : ['', MORE[name]]),
    '',
    describeFlags({ ...flags, ...COMMON_FLAGS }),
  ].join('\n')
}
