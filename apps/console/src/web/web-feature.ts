import type { ConsoleFeature } from '../feature.ts'
import { assetRoutes } from './assets/asset-routes.ts'
import { showProblemsAsPages } from './error-page.ts'
import { secureHeaders } from './security-headers.ts'

/** What all pages share. Comes before the features that have pages. */
export function createWebFeature(): ConsoleFeature {
  return {
    routes: (app) => {
      showProblemsAsPages(app)
      secureHeaders(app)
      assetRoutes(app)
    },
  }
}
