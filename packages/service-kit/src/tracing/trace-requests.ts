import type { FastifyInstance } from 'fastify'
import { pathOf } from '../http/error-handler.ts'
import { requestSpan, responseAttributes, routeFound } from './span-names.ts'
import type { TracedSpan, Tracing } from './tracing.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the request, where its trace is recorded. */
    tracedSpan?: TracedSpan | undefined
  }
}

const SERVER_ERROR = 500

/** A span for each request but those of orchestrators and dashboards; what the request causes belongs to it (see `traceOf`). */
export function traceRequests(app: FastifyInstance, tracing: Tracing): void {
  app.decorateRequest('tracedSpan', undefined)
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.config.always !== true) {
      const { traceparent } = request.headers
      request.tracedSpan = tracing.begin({
        ...requestSpan(request.method, pathOf(request.url)),
        parent: typeof traceparent === 'string' ? traceparent : undefined,
        beginsTrace: true,
      })
    }
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const { url: route } = request.routeOptions
    const status = reply.statusCode
    request.tracedSpan?.end({
      ...(route !== undefined && { name: routeFound(request.method, route) }),
      attributes: responseAttributes(status, route),
      ...(status >= SERVER_ERROR && { errorType: String(status) }),
    })
    done()
  })
}
