import { maskerOf } from '../access/masking.ts'
import type { ConsoleFeature, ConsoleParts } from '../feature.ts'
import { ConsumerActions } from './consumer-actions.ts'
import { exportConsumers } from './consumer-metrics.ts'
import { consumerPages } from './consumer-pages.ts'
import { consumerRoutes } from './consumer-routes.ts'
import { detailOf, summaryOf } from './consumer-views.ts'
import { shownGroups } from './group-words.ts'

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
    open: (argument, _viewer, push) => {
      const search = decodeURIComponent(argument)
      const tell = (): void => push(shownGroups(watch.groups().map(summaryOf), search))
      tell()
      return watch.onLook(tell)
    },
  })
  hub.channel('consumer', {
    kind: 'latest',
    access: 'viewer',
    open: (argument, viewer, push) => {
      const group = actions.find(decodeURIComponent(argument)).sample.group
      const tell = (): void => {
        const found = watch.group(group)
        if (found !== undefined) push(detailOf(found, maskerOf(viewer.role)))
      }
      tell()
      return watch.onLook(tell)
    },
  })
  return {
    routes: (app) => {
      consumerRoutes(app, watch, actions)
      consumerPages(app, watch, actions)
    },
    background: [watch],
  }
}
