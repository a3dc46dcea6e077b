import type { ConsoleFeature, ConsoleParts } from '../feature.ts'
import { createMessageDesk } from './message-desk.ts'
import { messagePage } from './message-page.ts'
import { messageRoutes } from './message-routes.ts'
import { publishPage } from './publish/publish-page.ts'
import { publishRoutes } from './publish/publish-routes.ts'
import { tailChannel } from './tail/tail-channel.ts'
import { topicPage } from './topic-page.ts'
import { topicsPage } from './topics-page.ts'

/** What lies in the topics of the broker: looked for by key, time, offset, header and field, one by one, and as it comes. */
export function createMessagesFeature(parts: ConsoleParts): ConsoleFeature {
  const desk = createMessageDesk(parts)
  parts.hub.channel('tail', tailChannel({ live: parts.live, mask: desk.listMask }))
  return {
    routes: (app) => {
      messageRoutes(desk, app)
      topicsPage(desk, app)
      topicPage(desk, app)
      messagePage(desk, app)
      publishRoutes(desk, app)
      publishPage(desk, app)
    },
    background: [desk.work],
  }
}
