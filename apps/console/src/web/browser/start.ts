import { watchForms } from './forms.ts'
import type { IslandLoaders } from './hydrate-islands.ts'
import { hydrateIslands } from './hydrate-islands.ts'
import { listenToKeys } from './keys.ts'
import { connectSwitches } from './switches.ts'
import { keepTimes } from './times.ts'

/** What every page does in the browser. */
export function start(islands: IslandLoaders): void {
  connectSwitches()
  keepTimes()
  listenToKeys()
  watchForms()
  hydrateIslands(islands)
}
