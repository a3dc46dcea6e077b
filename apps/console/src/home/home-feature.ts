import { DeadLetterFigures } from '@stocker/dead-letters'
import type { ConsoleFeature, ConsoleParts } from '../feature.ts'
import { feedChannel } from './event-feed.ts'
import type { HomeSources } from './home-desk.ts'
import { createHomeDesk } from './home-desk.ts'
import { homeRoutes } from './home-routes.ts'

const LOOK_MS = 2_000

/** What whoever opens the console sees first. */
export function createHomeFeature(
  { hub, live, consumers, database }: ConsoleParts,
  sources: Pick<HomeSources, 'system' | 'faults' | 'orders' | 'alerts'>,
): ConsoleFeature {
  const desk = createHomeDesk({ ...sources, consumers, deadLetters: new DeadLetterFigures(database.pool) })
  hub.channel('home', {
    kind: 'latest',
    access: 'viewer',
    open: (_argument, viewer, push) => {
      const look = (): void => {
        desk.read(viewer).then(push, () => {})
      }
      const timer = setInterval(look, LOOK_MS)
      look()
      return () => clearInterval(timer)
    },
  })
  feedChannel(hub, live)
  return { routes: (app) => homeRoutes(app, desk) }
}
