import type { ConsoleFeature, ConsoleParts } from '../feature.ts'
import type { Channel } from '../stream/stream-hub.ts'
import type { EventDesk } from './event-desk.ts'
import { createEventDesk } from './event-desk.ts'
import { eventPages } from './event-pages.ts'
import { eventRoutes } from './event-routes.ts'

const LOOK_MS = 10_000

/** The events of the contracts: who writes them, who acts on them, and what came of them lately. */
export function createEventsFeature(parts: ConsoleParts): ConsoleFeature {
  const desk = createEventDesk(parts)
  parts.hub.channel('events', eventsChannel(desk))
  return {
    routes: (app) => {
      eventRoutes(desk, app)
      eventPages(desk, app)
    },
    background: [desk.work],
  }
}

/** The channel `events`: the catalogue with its counts, anew every 10 seconds. */
function eventsChannel({ events }: EventDesk): Channel {
  return {
    kind: 'latest',
    access: 'viewer',
    open(_argument, _viewer, push) {
      const timer = setInterval(() => void events().then(push, () => undefined), LOOK_MS)
      return () => clearInterval(timer)
    },
  }
}
