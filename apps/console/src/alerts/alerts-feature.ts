import type { Retention } from '@stocker/alerting'
import type { ConsoleFeature, ConsoleParts } from '../feature.ts'
import type { AlertDesk } from './alert-desk.ts'
import { createAlertDesk } from './alert-desk.ts'
import { alertForms } from './alert-forms.ts'
import { alertRoutes } from './alert-routes.ts'
import { alertsPage } from './alerts-page.ts'
import { rulePage } from './rule-page.ts'

/** Rules over the metrics of all services: what fires, who is told, and what people say to it. */
export function createAlertsFeature(
  parts: ConsoleParts,
  alsoKept: Retention,
): ConsoleFeature & { readonly desk: AlertDesk } {
  const desk = createAlertDesk({ ...parts, alsoKept })
  parts.hub.channel('alerts', desk.channel)
  return {
    desk,
    routes: (app) => {
      alertRoutes(desk, app)
      alertForms(desk, app)
      alertsPage(desk, app)
      rulePage(desk, app)
    },
    background: [desk.work],
  }
}
