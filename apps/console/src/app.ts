import { deadLetterMigrations } from '@stocker/dead-letters'
import type { Logger, Service } from '@stocker/service-kit'
import { createService } from '@stocker/service-kit'
import { createAccessFeature } from './access/access-feature.ts'
import type { ConsoleConfig } from './config.ts'
import { createDeadLetterDesk } from './dead-letters/dead-letter-desk.ts'
import { deadLetterRoutes } from './dead-letters/dead-letter-routes.ts'
import { redriveRoutes } from './dead-letters/redrive-routes.ts'

/** The console, wired; nothing is connected before `start`. */
export const createApp = (config: ConsoleConfig, logger?: Logger): Service =>
  createService({
    name: 'console',
    version: '1.0.0',
    description:
      'Dead letters of all consumer groups: look at them, edit, park and discard them, and send them again to the group that failed',
    config,
    ...(logger && { logger }),
    aggregates: [],
    ownGate: true,
    migrations: deadLetterMigrations,
    topics: [{ name: config.deadLetters.resultsTopic }],
    wire: ({ database, logger: log, health }) => {
      const access = createAccessFeature({ config, logger: log })
      const desk = createDeadLetterDesk(config, { pool: database.pool, logger: log, health })
      return {
        routes: (app) => {
          access.routes(app)
          deadLetterRoutes(desk, app)
          redriveRoutes(desk, app)
        },
        background: [desk.work],
      }
    },
  })
