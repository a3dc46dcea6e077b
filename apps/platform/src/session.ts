import { consoleLink } from './console-token.ts'
import { secondsSince } from './elapsed.ts'
import { PlatformError } from './errors.ts'
import type { PlatformEvent } from './events.ts'
import type { Platform } from './platform.ts'
import type { StartCommand } from './start-command.ts'
import { startPlatform } from './start-platform.ts'
import { onParentGone, onStopRequest } from './stop-signals.ts'
import type { Front } from './terminal/front.ts'
import type { KeyActions } from './terminal/keys.ts'
import { listenToKeys, openInBrowser } from './terminal/keys.ts'

/** What a shell reports for a process that Ctrl-C ended. */
const KILLED = 130

/** A platform with a terminal in front of it, from start to stop. */
export async function runSession(command: StartCommand, front: Front, interactive: boolean): Promise<number> {
  const starting = new AbortController()
  const stopped = Promise.withResolvers<void>()
  let platform: Platform | undefined
  let requestedAt = 0
  let firstStart = false

  const requestStop = onStopRequest(
    (reason) => {
      requestedAt = performance.now()
      if (platform !== undefined) {
        platform.stop().then(stopped.resolve, stopped.reject)
        return
      }
      front.show({ event: 'stopping', reason })
      starting.abort(new Error(reason))
    },
    () => killEverything(platform, front),
  )
  // The reader of the output is gone (`| head`, a closed terminal): nobody is left to stop the platform by hand.
  process.stdout.on('error', () => requestStop('the output was closed'))
  if (command.underNpm) onParentGone(() => requestStop('npm was stopped'))

  try {
    const onEvent = (event: PlatformEvent): void => {
      if (event.event === 'ready') firstStart = event.firstStart
      front.show(event)
    }
    platform = await startPlatform({ ...command.options, signal: starting.signal, onEvent })
  } catch (error) {
    if (!(error instanceof PlatformError && error.code === 'START_ABORTED')) throw error
    front.show({ event: 'stopped', seconds: secondsSince(requestedAt) })
    return 0
  }
  const actions = keyActions(platform, front, () => requestStop('q'))
  const stopKeys = interactive ? listenToKeys(process.stdin, actions) : () => {}
  // An order that the stop interrupts is no news.
  const untilStop: Front = { ...front, show: (event) => requestedAt === 0 && front.show(event) }
  const welcomed = welcome(platform, untilStop, command, firstStart).catch((error: unknown) => {
    untilStop.show({
      event: 'notice',
      message: `no demo order: ${error instanceof Error ? error.message : String(error)}`,
    })
  })
  await Promise.race([welcomed, stopped.promise])
  await stopped.promise.finally(stopKeys)
  return 0
}

/** What a newcomer sees after the table: a command to paste, and on the first start one order on its way. */
async function welcome(
  platform: Platform,
  front: Front,
  { json, demo }: StartCommand,
  firstStart: boolean,
): Promise<void> {
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

function keyActions(platform: Platform, front: Front, quit: () => void): KeyActions {
  const say = (message: string): void => front.show({ event: 'notice', message })
  return {
    open: () => {
      const [service] = platform.services
      const link = consoleLink(platform.services, platform.consoleToken) ?? (service && `${service.url}/docs`)
      if (link !== undefined) openInBrowser(link)
    },
    logs: () => say(`tail -f ${platform.logs}/*.ndjson`),
    summary: () => {
      for (const { name, pid, startSeconds } of platform.processes) {
        say(`${name}: ${pid > 0 ? `pid ${pid}, ready after ${startSeconds.toFixed(1)} s` : 'not running'}`)
      }
    },
    quit,
  }
}

/** The second Ctrl-C. Services whose pipe ends and the watchdogs of the servers clean up what a signal does not reach. */
function killEverything(platform: Platform | undefined, front: Front): never {
  for (const { name } of platform?.processes ?? []) platform?.kill(name, 'SIGKILL')
  front.close()
  process.exit(KILLED)
}
