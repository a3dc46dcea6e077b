import { setTimeout as delay } from 'node:timers/promises'
import { PlatformError, usage } from '@stocker/platform'
import type { CtlCall, CtlCommand } from '../command.ts'
import { durationOf } from '../time-words.ts'
import { notReady, readSystem } from './ps.ts'

const POLL_MS = 250

export const wait: CtlCommand = {
  words: '--healthy',
  help: 'until all services, the broker and the databases are ready; exit code 1 when that takes too long',
  flags: {
    healthy: { type: 'boolean', help: 'wait until everything is ready' },
    timeout: { type: 'string', value: 'time', help: 'at most so long (default 60s)' },
  },
  maxWords: 0,
  run: async (call) => {
    if (!call.flags.has('healthy')) throw usage('wait needs --healthy: what to wait for')
    const deadline = performance.now() + durationOf(call.flags.text('timeout') ?? '60s', 'timeout')
    for (;;) {
      const missing = await missingNow(call)
      const over = performance.now() >= deadline
      if (missing.length === 0 || over) {
        call.show({ healthy: missing.length === 0, missing }, () =>
          missing.length === 0
            ? 'everything is ready'
            : ['not ready:', ...missing.map((each) => `  ${each}`)].join('\n'),
        )
        return missing.length === 0 ? 0 : 1
      }
      await delay(POLL_MS)
    }
  },
}

/** A console that does not answer yet is one of the things to wait for; one that refuses is not. */
async function missingNow(call: CtlCall): Promise<readonly string[]> {
  try {
    return notReady(await readSystem(await call.console()))
  } catch (error) {
    if (
      error instanceof PlatformError &&
      (error.code === 'NOT_RUNNING' || /NOT_READY|UNAVAILABLE/.test(error.message))
    ) {
      return [error.message]
    }
    throw error
  }
}
