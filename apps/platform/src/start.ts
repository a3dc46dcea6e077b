import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { consoleLink } from './console-token.ts'
import { toPlatformError } from './errors.ts'
import type { StartCommand } from './start-command.ts'
import { readStartCommand, START_HELP } from './start-command.ts'
import type { Front } from './terminal/front.ts'
import { screenOf } from './terminal/front.ts'
import { createJsonFront } from './terminal/json-front.ts'
import { KEYS_HINT } from './terminal/keys.ts'
import { createTextFront } from './terminal/text-front.ts'
import { topology } from './topology.ts'

/** `npm start`. Resolves with the process's exit code when the platform has stopped, or has not come up. */
export async function start(words: readonly string[]): Promise<number> {
  const screen = screenOf(process.stdout, process.env)
  // Known before the flags are read: a wrong flag beside --json is reported as JSON too.
  const json = words.includes('--json')
  const interactive = screen.interactive && process.stdin.isTTY === true && !json
  const front = json
    ? createJsonFront(screen)
    : createTextFront({ screen, version: version(), keys: interactive ? KEYS_HINT : '' })
  try {
    const command = await readStartCommand(words, process.env, topology)
    if (command.help) {
      screen.write(START_HELP)
      return 0
    }
    front.show({ event: 'starting', pid: process.pid, dataDir: resolve(command.dataDir), node: process.versions.node })
    for (const message of command.notices) front.show({ event: 'notice', message })
    if (await showRunning(command, front)) return 0
    // Loaded behind the first line.
    const { runSession } = await import('./session.ts')
    return await runSession(command, front, interactive)
  } catch (cause) {
    const { code, message, exitCode } = toPlatformError(cause, 'the platform does not start')
    front.show({ event: 'error', code, message, exitCode })
    return exitCode
  } finally {
    front.close()
  }
}

/** A second start on the same data shows where the first one is. With --fresh it fails later: data in use is not emptied. */
async function showRunning({ dataDir, options }: StartCommand, front: Front): Promise<boolean> {
  if (options.fresh === true) return false
  const { readRunRecord } = await import('./run-record.ts')
  const record = await readRunRecord(dataDir)
  if (record === null) return false
  const { supervisor, services, kafka, postgres, consoleToken } = record
  const link = consoleLink(services, consoleToken)
  front.show({
    event: 'already-running',
    pid: supervisor.pid,
    services,
    kafka,
    postgres,
    ...(link !== undefined && { console: link }),
  })
  return true
}

function version(): string {
  const file = new URL('../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
