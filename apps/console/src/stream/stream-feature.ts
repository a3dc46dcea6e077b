import type { ServiceParts } from '@stocker/service-kit'
import type { ConsoleFeature } from '../feature.ts'
import { createStreamHub } from './create-stream-hub.ts'
import type { StreamHub } from './stream-hub.ts'
import { streamRoute } from './stream-route.ts'

/** What pages hear while they are open. */
export function createStreamFeature({
  logger,
  stopping,
}: Pick<ServiceParts, 'logger' | 'stopping'>): ConsoleFeature & { readonly hub: StreamHub } {
  const hub = createStreamHub({ logger })
  return { hub, routes: (app) => streamRoute(app, hub, stopping) }
}
