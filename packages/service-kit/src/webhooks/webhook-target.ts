import type { HttpApp } from '../http/create-http-app.ts'
import { localUrl } from '../http/local-url.ts'

export interface WebhookTarget {
  /** The app in whose process the sender runs. */
  readonly own: (app: HttpApp) => void
  /** @throws ServiceKitError STOPPED while it is the own app and that does not listen */
  readonly url: () => string
}

/** Where a simulated company reports to: `url`, or where that is empty the route `path` of the service in whose process it runs. */
export const webhookTarget = (path: string, url: string): WebhookTarget => {
  let listening: HttpApp | undefined
  return {
    own: (app) => {
      listening = app
    },
    url: () => url || `${listening ? localUrl(listening) : ''}${path}`,
  }
}
