import type { FastifyInstance } from 'fastify'
import type { HealthRegistry } from '../health.ts'
import type { Metrics } from '../metrics/create-metrics.ts'

/** /health/live, /health/ready and /metrics: what orchestrators and dashboards read, answered in every state of the service. */
export function registerOperationalRoutes(app: FastifyInstance, health: HealthRegistry, metrics: Metrics): void {
  const route = { config: { access: 'public', always: true, waits: true } } as const
  app.get(
    '/health/live',
    {
      ...route,
      schema: {
        tags: ['operations'],
        summary: 'Whether the process answers and its loops turn; restart it if not (503, or no answer)',
      },
    },
    (_request, reply) => {
      const report = health.liveness()
      return reply
        .code(report.status === 'up' ? 200 : 503)
        .header('cache-control', 'no-store')
        .send(report)
    },
  )
  app.get(
    '/health/ready',
    {
      ...route,
      schema: {
        tags: ['operations'],
        summary: 'Whether all that the service needs is there; send it no requests if not (503)',
      },
    },
    async (_request, reply) => {
      const report = await health.report()
      return reply
        .code(report.status === 'up' ? 200 : 503)
        .header('cache-control', 'no-store')
        .send(report)
    },
  )
  app.get(
    '/metrics',
    { ...route, schema: { tags: ['operations'], summary: 'Prometheus metrics' } },
    async (_request, reply) => {
      const text = await metrics.exposition()
      return reply.header('content-type', metrics.contentType).send(text)
    },
  )
}
