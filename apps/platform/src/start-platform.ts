import { listenForControl } from './control/control-server.ts'
import { PlatformError } from './errors.ts'
import type { PlatformListener } from './events.ts'
import type { Platform } from './platform.ts'
import type { PlatformOptions, PortChoice } from './platform-options.ts'
import { planPlatform } from './platform-plan.ts'
import { PlatformRun } from './platform-run.ts'
import { topology as defaultTopology } from './topology.ts'
import { openWorkplace } from './workplace.ts'

/** Between the choice of a port and its use another program may take it; that is no reason to fail a start that may use any. */
const PORT_CHOICES = 3

/**
 * Starts broker, database and services at once, prints nothing, and resolves when every service is ready.
 * @throws PlatformError with a code of `errors.ts`; nothing is left running then
 */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const beganAt = performance.now()
  const listeners = new Set<PlatformListener>(options.onEvent === undefined ? [] : [options.onEvent])
  const emit: PlatformListener = (event) => {
    for (const listener of listeners) listener(event)
  }
  const fixed = [options.kafkaPort, options.postgresPort, options.portBase].some(isFixed)
  for (let choice = 1; ; choice += 1) {
    try {
      return await startOnce(options, listeners, emit, beganAt)
    } catch (error) {
      const taken = error instanceof PlatformError && error.code === 'PORT_TAKEN'
      if (!taken || fixed || choice === PORT_CHOICES) throw error
      emit({ event: 'notice', message: `${error.message}; it was free a moment ago, choosing again` })
    }
  }
}

async function startOnce(
  options: PlatformOptions,
  listeners: Set<PlatformListener>,
  emit: PlatformListener,
  beganAt: number,
): Promise<Platform> {
  const topology = options.topology ?? defaultTopology
  const workplace = await openWorkplace(options)
  const control = await listenForControl()
  try {
    options.signal?.throwIfAborted()
    const plan = await planPlatform(topology, options, workplace, { emit, control: control.address })
    const run = new PlatformRun({ plan, workplace, topology, listeners, emit, control })
    await run.start(options, beganAt)
    return run
  } catch (error) {
    await control.close()
    await workplace.release()
    if (options.signal?.aborted === true) throw new PlatformError('START_ABORTED', 'the start was given up', error)
    throw error
  }
}

function isFixed(choice: PortChoice | undefined): boolean {
  return typeof choice === 'number' && choice !== 0
}
