import type { AlertEpisode, RuleEngine, SampleStore, Silence } from '@stocker/alerting'
import { AlertLog, formerAlert, PendingLog, SampleLog, SilenceStore } from '@stocker/alerting'
import type { Pool } from 'pg'

/** What the alerts know over restarts: it is in the console's database. */
export interface AlertMemory {
  readonly log: AlertLog
  readonly silences: SilenceStore
  /** What fires, as written down last, and silences that hold. */
  open(): readonly AlertEpisode[]
  active(): readonly Silence[]
  /** Goes on with what the process before has left; the first call that succeeds does it. */
  takeOver(now: Date): Promise<void>
  /** Writes down what fires, and reads anew what people have said. */
  writeDown(now: Date): Promise<void>
  /** Writes down what only the next process needs. */
  keepState(now: Date): Promise<void>
}

export function createAlertMemory(parts: {
  readonly pool: Pool
  readonly engine: RuleEngine
  readonly store: SampleStore
}): AlertMemory {
  const { pool, engine, store } = parts
  const log = new AlertLog(pool)
  const silences = new SilenceStore(pool)
  const pending = new PendingLog(pool)
  const samples = new SampleLog({ pool, store, rules: engine.rules })

  let takenOver = false
  let written: ReadonlySet<string> | undefined
  let open: readonly AlertEpisode[] = []
  let active: readonly Silence[] = []
  const inState = (wanted: 'pending' | 'firing') => engine.alerts().filter(({ state }) => state === wanted)

  return {
    log,
    silences,
    open: () => open,
    active: () => active,
    takeOver: async (now) => {
      if (takenOver) return
      open = await log.open()
      active = await silences.notOver(now)
      const wasPending = await pending.read()
      await samples.restore(now.getTime())
      engine.takeOver(open.map(formerAlert), now.getTime(), wasPending)
      takenOver = true
    },
    writeDown: async (now) => {
      const firing = inState('firing')
      const known = written
      const same = known?.size === firing.length && firing.every(({ fingerprint }) => known.has(fingerprint))
      open = same ? await log.open() : await log.sync(firing, now.getTime())
      written = new Set(firing.map(({ fingerprint }) => fingerprint))
      active = await silences.notOver(now)
    },
    keepState: async (now) => {
      await pending.sync(inState('pending'), now.getTime())
      await samples.keep(now.getTime())
    },
  }
}
