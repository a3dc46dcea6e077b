import type { Flags, ParsedFlags } from '@stocker/platform'
import { DEFAULT_DATA_DIR } from '@stocker/platform'
import type { ConsoleClient } from './console-client.ts'

/** One word behind `npm run ctl --`. */
export interface CtlCommand {
  /** Behind its name, for the help. */
  readonly words: string
  readonly help: string
  /** Beside {@link COMMON_FLAGS}. */
  readonly flags: Flags
  /** How many words it takes at most that are no flags. */
  readonly maxWords: number
  /** The exit code. @throws PlatformError USAGE, NOT_RUNNING, REFUSED */
  readonly run: (call: CtlCall) => Promise<number>
}

export interface CtlCall {
  readonly words: readonly string[]
  readonly flags: ParsedFlags
  /** Data directory of the platform that is meant. */
  readonly dataDir: string
  /** @throws PlatformError NOT_RUNNING when no console is found */
  console(): Promise<ConsoleClient>
  /** The answer as it is with -o json, otherwise the text. */
  show(value: unknown, text: () => string): void
  /** One of many, as it comes: a line of JSON, or the text. */
  showLine(value: unknown, text: () => string): void
  /** Ends what goes on until it is ended. */
  readonly signal: AbortSignal
}

export const COMMON_FLAGS: Flags = {
  output: { type: 'string', short: 'o', value: 'text|json', help: 'form of the answer (default text)' },
  data: {
    type: 'string',
    value: 'dir',
    help: `data directory of the platform that runs (default ${DEFAULT_DATA_DIR})`,
  },
  url: { type: 'string', value: 'url', help: 'address of the console, instead of looking for it there' },
  token: {
    type: 'string',
    value: 'token',
    help: 'token of the console (default: CONSOLE_ACCESS_TOKEN, or that of the platform that runs here)',
  },
  by: { type: 'string', value: 'name', help: 'who asks (default: the user of the machine)' },
  help: { type: 'boolean', short: 'h', help: 'show this' },
}
