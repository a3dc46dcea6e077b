import type { FastifyRequest } from 'fastify'
import { maskerOf } from '../access/masking.ts'
import { viewerOf } from '../access/viewer.ts'
import type { ConsoleFeature, ConsoleParts } from '../feature.ts'
import { createSagaDesk } from './saga-desk.ts'
import { sagasPage } from './sagas-page.ts'
import { sagasRoutes } from './sagas-routes.ts'

/** Business processes that have not ended. */
export function createSagasFeature({ services }: Pick<ConsoleParts, 'services'>): ConsoleFeature {
  const parts = {
    desk: createSagaDesk(services),
    sightOf: (request: FastifyRequest) => maskerOf(viewerOf(request).role),
  }
  return {
    routes: (app) => {
      sagasRoutes(parts, app)
      sagasPage(parts, app)
    },
  }
}
