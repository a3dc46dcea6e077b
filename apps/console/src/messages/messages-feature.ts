import type { ConsoleFeature, ConsoleParts } from '../feature.ts'
import { createMessageDesk } from './message-desk.ts'
import { messageRoutes } from './message-routes.ts'

/** What lies in the topics of the broker: looked for by key, time, offset, header and field, one by one, and as it comes. */
export function createMessagesFeature(parts: ConsoleParts): ConsoleFeature {
  const desk = createMessageDesk(parts)
  return {
    routes: (app) => messageRoutes(desk, app),
    background: [desk.work],
  }
}
