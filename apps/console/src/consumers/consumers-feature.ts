import type { ConsoleFeature, ConsoleParts } from '../feature.ts'
import { ConsumerActions } from './consumer-actions.ts'
import { exportConsumers } from './consumer-metrics.ts'
import { consumerRoutes } from './consumer-routes.ts'
import { summaryOf } from './consumer-views.ts'

/** Consumer groups: how they are, how far behind, stopped and started, and set to other offsets. And the cluster's metrics. */
export function createConsumersFeature({
  kafka,
  consumers: watch,
  call,
  actions: log,
  metrics,
  hub,
}: Pick<ConsoleParts, 'kafka' | 'consumers' | 'call' | 'actions' | 'metrics' | 'hub'>): ConsoleFeature {
  const actions = new ConsumerActions({ kafka, watch, call, actions: log })
  exportConsumers(metrics, watch)
  hub.channel('consumers', {
    kind: 'latest',
    access: 'viewer',
    open: (_argument, _viewer, push) => {
      const tell = (): void => push({ at: watch.latest.atMs, groups: watch.groups().map(summaryOf) })
      tell()
      return watch.onLook(tell)
    },
  })
  return {
    routes: (app) => consumerRoutes(app, watch, actions),
    background: [watch],
  }
}
