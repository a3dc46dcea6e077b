import type { ConsoleFeature, ConsoleParts } from '../feature.ts'
import { createDeadLetterDesk } from './dead-letter-desk.ts'
import { deadLetterRoutes } from './dead-letter-routes.ts'
import { redriveRoutes } from './redrive-routes.ts'

/** Dead letters of all consumer groups: looked at, edited, put aside, and sent again to the group that failed at them. */
export function createDeadLettersFeature({ config, database, logger, health }: ConsoleParts): ConsoleFeature {
  const desk = createDeadLetterDesk(config, { pool: database.pool, logger, health })
  return {
    routes: (app) => {
      deadLetterRoutes(desk, app)
      redriveRoutes(desk, app)
    },
    background: [desk.work],
  }
}
