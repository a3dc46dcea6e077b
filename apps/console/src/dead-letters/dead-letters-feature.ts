import type { ConsoleFeature, ConsoleParts } from '../feature.ts'
import { actionForms } from './action-forms.ts'
import { choosePage } from './choose-page.ts'
import { createDeadLetterDesk } from './dead-letter-desk.ts'
import { deadLetterPage } from './dead-letter-page.ts'
import { deadLetterRoutes } from './dead-letter-routes.ts'
import { groupPage } from './group-page.ts'
import { groupsPage } from './groups-page.ts'
import { redrivePage } from './redrive-page.ts'
import { redriveChannel } from './redrive-progress.ts'
import { redriveRoutes } from './redrive-routes.ts'

/** Dead letters of all consumer groups: looked at, edited, put aside, and sent again to the group that failed at them. */
export function createDeadLettersFeature(parts: ConsoleParts): ConsoleFeature {
  const desk = createDeadLetterDesk(parts.config, { ...parts, pool: parts.database.pool })
  parts.hub.channel('redrive', redriveChannel(desk.redrives, desk.figures))
  return {
    routes: (app) => {
      deadLetterRoutes(desk, app)
      redriveRoutes(desk, app)
      for (const part of [groupsPage, groupPage, choosePage, deadLetterPage, redrivePage, actionForms]) part(desk, app)
    },
    background: [desk.work],
  }
}
