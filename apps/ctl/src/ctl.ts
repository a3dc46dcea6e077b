import { userInfo } from 'node:os'
import type { ParsedFlags } from '@stocker/platform'
import { DEFAULT_DATA_DIR, describeFlags, PlatformError, parseFlags, readRunRecord, usage } from '@stocker/platform'
import { createConsoleClient } from './console-client.ts'
import type { DltCall } from './dlt-commands.ts'
import { DLT_COMMANDS } from './dlt-commands.ts'
import { FLAGS } from './flags.ts'
import { runTokenCommand } from './token-command.ts'

export const CTL_HELP = `Operates the running platform.

  npm run ctl -- token --sub <name> [--role <role>]   prints a token for the services' APIs
  npm run ctl -- dlt <command> [ids] [flags]

${Object.entries(DLT_COMMANDS)
  .map(([name, { words, help }]) => `  ${`${name} ${words}`.padEnd(26)}  ${help}`)
  .join('\n')}

A selection is ids, or filters, or both: those that fulfil all that is given.

Flags:
${describeFlags(FLAGS)}

Exit codes: 0 done · 1 a redrive ended with failures · 2 wrong words · 5 the console does not answer, or refuses
`

const MAX_IDS = 10_000

/**
 * `dlt ls …`; the process's exit code.
 * @throws PlatformError USAGE, NOT_RUNNING, REFUSED
 */
export async function runCtl(words: readonly string[], print: (text: string) => void): Promise<number> {
  const [area, name, ...rest] = words
  if (area === 'token') return runTokenCommand(words.slice(1), print)
  if (area !== 'dlt') throw usage(`"${area}" is not known; expected dlt or token`)
  const command = DLT_COMMANDS[name ?? '']
  const known = Object.keys(DLT_COMMANDS).join(', ')
  if (command === undefined) throw usage(`dlt needs one of ${known}${name === undefined ? '' : `; "${name}" is none`}`)
  const flags = await parseFlags(rest, FLAGS, MAX_IDS)
  if (flags.has('help')) {
    print(CTL_HELP)
    return 0
  }
  const output = flags.text('output') ?? 'text'
  if (output !== 'text' && output !== 'json') throw usage(`-o is "${output}"; expected text or json`)
  const by = flags.text('by') ?? userInfo().username
  const call: DltCall = {
    client: createConsoleClient({ ...(await findConsole(flags)), name: by }),
    ids: flags.positionals.map(checkedId),
    flags,
    show: (value, text) => print(output === 'json' ? JSON.stringify(value, null, 2) : text()),
  }
  return command.run(call)
}

function checkedId(word: string): string {
  if (/^\d{1,18}$/.test(word)) return word
  throw usage(`"${word}" is no id; ids are numbers, as dlt ls shows them`)
}

/** The one that is named, or that of the platform that runs on the data directory. */
async function findConsole(flags: ParsedFlags): Promise<{ readonly url: string; readonly token: string | undefined }> {
  const [url, dataDir] = [flags.text('url'), flags.text('data') ?? DEFAULT_DATA_DIR]
  const given = flags.text('token') ?? process.env.CONSOLE_ACCESS_TOKEN
  // The token of this machine's platform is not sent to another one.
  if (url !== undefined) return { url: url.replace(/\/$/, ''), token: given }
  const record = await readRunRecord(dataDir)
  const found = record?.services.find((service) => service.name === 'console')
  if (found !== undefined) return { url: found.url, token: given ?? record?.consoleToken }
  throw new PlatformError(
    'NOT_RUNNING',
    `no console runs on the data directory ${dataDir}: start the platform with npm start, or name the console with --url`,
  )
}
