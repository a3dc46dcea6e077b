import type { HttpApp } from '@stocker/service-kit'
import { createHealth, createHttpApp, createLogger, createMetrics } from '@stocker/service-kit'
import pg from 'pg'
import { createAccessFeature } from '../../src/access/access-feature.ts'
import type { Role } from '../../src/access/roles.ts'
import { createActionLog } from '../../src/audit/action-log.ts'
import { createStreamFeature } from '../../src/stream/stream-feature.ts'
import type { StreamHub } from '../../src/stream/stream-hub.ts'
import { createWebFeature } from '../../src/web/web-feature.ts'

export const TOKENS: Readonly<Record<Role, string>> = {
  viewer: 'token-of-a-viewer-0123456789',
  support: 'token-of-support-0123456789',
  operator: 'token-of-an-operator-0123456789',
  developer: 'token-of-a-developer-0123456789',
}

export interface TestConsole {
  readonly app: HttpApp
  readonly url: string
  readonly hub: StreamHub
  close(): Promise<void>
}

/** The console's frame, login and stream, without features: for tests that bring their own page. */
export async function openTestConsole(routes: (app: HttpApp, hub: StreamHub) => void): Promise<TestConsole> {
  const logger = createLogger({ service: 'console', level: 'silent' })
  const stopping = new AbortController()
  const app = createHttpApp({
    service: 'console',
    version: '1',
    description: '',
    logger,
    health: createHealth(),
    metrics: createMetrics({ process: false }),
  })
  const access = {
    tokens: Object.entries(TOKENS).map(([role, token]) => ({ role: role as Role, token })),
    hosts: [],
    requestsPerMinute: 0,
    sessionMs: 3_600_000,
    secureCookie: false,
    unmaskMs: 60_000,
  }
  const stream = createStreamFeature({ logger, stopping: stopping.signal })
  const pool = new pg.Pool()
  const parts = { config: { access }, database: { pool }, logger, actions: createActionLog(pool, logger) }
  for (const feature of [createAccessFeature(parts), createWebFeature(), stream]) {
    feature.routes?.(app)
  }
  routes(app, stream.hub)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    app,
    url,
    hub: stream.hub,
    close: async () => {
      stopping.abort()
      await app.close()
    },
  }
}
