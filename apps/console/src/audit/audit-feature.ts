import type { Pool } from 'pg'
import type { ConsoleFeature } from '../feature.ts'
import { auditPage } from './audit-page.ts'
import { auditRoutes, createAuditReader } from './audit-routes.ts'

/** Who did what. */
export function createAuditFeature({
  database: { pool },
}: {
  readonly database: { readonly pool: Pool }
}): ConsoleFeature {
  const read = createAuditReader(pool)
  return {
    routes: (app) => {
      auditRoutes(app, read)
      auditPage(app, read)
    },
  }
}
