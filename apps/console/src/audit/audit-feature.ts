import type { Pool } from 'pg'
import type { ConsoleFeature } from '../feature.ts'
import { auditRoutes } from './audit-routes.ts'

/** Who did what. */
export function createAuditFeature({
  database: { pool },
}: {
  readonly database: { readonly pool: Pool }
}): ConsoleFeature {
  return { routes: (app) => auditRoutes(app, pool) }
}
