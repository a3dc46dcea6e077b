import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { secondsSince } from './elapsed.ts'
import { toPlatformError } from './errors.ts'
import type { PlatformEvent } from './events.ts'
import type { Platform } from './platform.ts'
import type { StartCommand } from './start-command.ts'
import { readStartCommand, START_HELP } from './start-command.ts'
import { onStopRequest } from './stop-signals.ts'
import type { Front } from './terminal/front.ts'
import { screenOf } from './terminal/front.ts'
import { createJsonFront } from './terminal/json-front.ts'
import { KEYS_HINT, listenToKeys, openInBrowser } from './terminal/keys.ts'
import { createTextFront } from './terminal/text-front.ts'
import { topology } from './topology.ts'

const KILLED = 130

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
const screen = screenOf(process.stdout, process.env)
const words = process.argv.slice(2)
// Known before the flags are read: a wrong flag beside --json is reported as JSON too.
const json = words.includes('--json')
const interactive = screen.interactive && process.stdin.isTTY === true && !json
const front: Front = json
  ? createJsonFront(screen)
  : createTextFront({ screen, version, keys: interactive ? KEYS_HINT : '' })
let stopRequestedAt = 0

// A demo order that is still under way must not keep a stopped platform's process alive.
process.exit(
  await main().catch((cause: unknown) => {
    const { code, message, exitCode } = toPlatformError(cause, 'the platform does not start')
    if (code === 'START_ABORTED') front.show({ event: 'stopped', seconds: secondsSince(stopRequestedAt) })
    else front.show({ event: 'error', code, message, exitCode })
    front.close()
    return exitCode
  }),
)

async function main(): Promise<number> {
  const command = await readStartCommand(words, process.env, topology)
  if (command.help) {
    screen.write(START_HELP)
    return 0
  }
  front.show({ event: 'starting', pid: process.pid, dataDir: resolve(command.dataDir), node: process.versions.node })
  for (const message of command.notices) front.show({ event: 'notice', message })
  return (await showRunning(command)) ? 0 : run(command)
}

/** A second start on the same data shows where the first one is. With --fresh it fails later: data in use is not emptied. */
async function showRunning({ dataDir, options }: StartCommand): Promise<boolean> {
  if (options.fresh === true) return false
  const { readRunRecord } = await import('./run-record.ts')
  const record = await readRunRecord(dataDir)
  if (record === null) return false
  const { supervisor, services, kafka, postgres } = record
  front.show({ event: 'already-running', pid: supervisor.pid, services, kafka, postgres })
  return true
}

async function run(command: StartCommand): Promise<number> {
  const starting = new AbortController()
  const finished = Promise.withResolvers<void>()
  let platform: Platform | undefined
  let stopKeys = (): void => {}
  const requestStop = onStopRequest(
    (reason) => {
      if (platform !== undefined) {
        platform.stop().then(finished.resolve, finished.reject)
        return
      }
      stopRequestedAt = performance.now()
      front.show({ event: 'stopping', reason })
      starting.abort(new Error(reason))
    },
    () => killEverything(platform),
  )
  // The reader of the output is gone (`| head`, a closed terminal): nobody is left to stop the platform by hand.
  process.stdout.on('error', () => requestStop('the output was closed'))
  const { startPlatform } = await import('./platform.ts')
  let firstStart = false
  const onEvent = (event: PlatformEvent): void => {
    if (event.event === 'ready') firstStart = event.firstStart
    front.show(event)
  }
  platform = await startPlatform({ ...command.options, signal: starting.signal, onEvent })
  if (interactive)
    stopKeys = listenToKeys(
      process.stdin,
      keyActions(platform, () => requestStop('q')),
    )
  await Promise.race([welcome(platform, command, firstStart), finished.promise])
  await finished.promise
  stopKeys()
  front.close()
  return 0
}

/** What a newcomer sees after the table: a command to paste, and on the first start one order on its way. */
async function welcome(platform: Platform, { json, demo }: StartCommand, firstStart: boolean): Promise<void> {
  const running = new Set(platform.services.map(({ name }) => name))
  if (!running.has('order-service') || !running.has('cart-service')) return
  if (!json) {
    const { suggestCommand } = await import('./suggest-command.ts')
    const command = await suggestCommand(platform)
    if (command !== undefined) front.show({ event: 'try', command })
  }
  if (!(demo ?? firstStart)) return
  const { placeDemoOrder } = await import('./demo-order.ts')
  front.show(await placeDemoOrder(platform))
}

function keyActions(platform: Platform, quit: () => void) {
  return {
    open: () =>
      openInBrowser(
        `${(platform.services.find(({ name }) => name === 'order-service') ?? platform.services[0])?.url}/docs`,
      ),
    logs: () => front.show({ event: 'notice', message: `tail -f ${platform.logs}/*.ndjson` }),
    summary: () => {
      for (const { name, pid, startSeconds } of platform.processes) {
        const state = pid > 0 ? `pid ${pid}, ready after ${startSeconds.toFixed(1)} s` : 'not running'
        front.show({ event: 'notice', message: `${name}: ${state}` })
      }
    },
    quit,
  }
}

/** The second Ctrl-C. The services see their pipe end and the servers' watchdogs see this process end: both clean up. */
function killEverything(platform: Platform | undefined): never {
  for (const { name } of platform?.processes ?? []) platform?.kill(name, 'SIGKILL')
  front.close()
  process.exit(KILLED)
}
