import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify'
import { fastify, LogController } from 'fastify'
import type { HealthRegistry } from '../health.ts'
import type { Logger } from '../logging/create-logger.ts'
import type { Metrics } from '../metrics/create-metrics.ts'
import type { GateOptions } from '../security/gate.ts'
import { installGate } from '../security/gate.ts'
import { traceRequests } from '../tracing/trace-requests.ts'
import type { Tracing } from '../tracing/tracing.ts'
import { collectAllowedMethods } from './allowed-methods.ts'
import { registerDocumentation } from './documentation.ts'
import { answerError, PROBLEM_MEDIA_TYPE, pathOf } from './error-handler.ts'
import { registerJsonBody } from './json-body.ts'
import { registerOperationalRoutes } from './operational-routes.ts'
import { kitProblem } from './problem.ts'
import type { ProblemCode } from './problem-codes.ts'
import { createRequestIds, REQUEST_ID_HEADER } from './request-identity.ts'
import { requestLog } from './request-log.ts'
import { buildValidator } from './validation.ts'

/** fastify, with static types taken from the routes' TypeBox schemas. */
export type HttpApp = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered also while the service is starting or stopping. Default false. */
    readonly always?: boolean
    /** The route waits on purpose (`?wait=`): a slow answer is not logged. Default false. */
    readonly waits?: boolean
  }
}

export interface HttpAppOptions {
  /** Name of the service: title of the documentation. */
  readonly service: string
  /** Version of the API, as in the documentation. */
  readonly version: string
  readonly description: string
  readonly logger: Logger
  readonly health: HealthRegistry
  readonly metrics: Metrics
  /** Whether routes may be served now; while it answers with a reason, they are refused with 503 SERVICE_NOT_READY. Default: always. */
  readonly unavailableBecause?: () => string | undefined
  readonly limits?: Partial<HttpLimits>
  /** Records a span for each request. Default: none. */
  readonly tracing?: Tracing | undefined
  /** Asks callers for tokens. Default: nobody is asked. */
  readonly gate?: GateOptions
}

export interface HttpLimits {
  /** Largest body. Bytes, default 65,536. */
  readonly bodyLimit: number
  /** A request must have arrived completely within this. Milliseconds, default 30,000. */
  readonly requestTimeoutMs: number
  /** A connection on which nothing moves is closed, also while a handler works: longer than the longest `?wait=`. Milliseconds, default 75,000. */
  readonly connectionTimeoutMs: number
  /** How long an idle connection is kept for its next request. Milliseconds, default 65,000: longer than the usual load balancer keeps it. */
  readonly keepAliveTimeoutMs: number
  /** An answer that took longer is logged. Milliseconds, default 1,000. */
  readonly slowRequestMs: number
}

export const HTTP_LIMITS: HttpLimits = {
  bodyLimit: 65_536,
  requestTimeoutMs: 30_000,
  connectionTimeoutMs: 75_000,
  keepAliveTimeoutMs: 65_000,
  slowRequestMs: 1_000,
}

/**
 * A fastify instance that answers every error as RFC 9457 problem, checks bodies strictly, counts requests and serves /docs, /openapi.json,
 * /health/live, /health/ready and /metrics. Register routes on it, each with its schemas, and `listen`.
 */
export function createHttpApp(options: HttpAppOptions): HttpApp {
  const limits = { ...HTTP_LIMITS, ...options.limits }
  const serverOptions: FastifyServerOptions<Server, FastifyBaseLogger> = {
    loggerInstance: options.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit: limits.bodyLimit,
    requestTimeout: limits.requestTimeoutMs,
    connectionTimeout: limits.connectionTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    // While the server drains, everything behind it still works: what already has a connection is answered properly.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 200 },
    genReqId: createRequestIds(),
    schemaController: { compilersFactory: { buildValidator } },
    frameworkErrors: (error, request, reply) => {
      reply.header(REQUEST_ID_HEADER, request.id)
      answerError(error, request, reply)
    },
    clientErrorHandler: answerClientError,
  }
  const app: HttpApp = fastify(serverOptions).withTypeProvider<TypeBoxTypeProvider>()

  app.setChildLoggerFactory(requestLog)
  const allowedMethods = collectAllowedMethods(app as unknown as FastifyInstance)
  registerJsonBody(app as unknown as FastifyInstance)
  app.setErrorHandler((error, request, reply) => answerError(error, request as FastifyRequest, reply as FastifyReply))
  app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request.url)
    const allowed = allowedMethods(path)
    const problem =
      allowed.length === 0
        ? kitProblem('ROUTE_NOT_FOUND', `There is no route ${path}.`)
        : kitProblem('METHOD_NOT_ALLOWED', `${path} has no ${request.method}.`, {
            headers: { allow: allowed.join(', ') },
          })
    return answerError(problem, request, reply)
  })

  if (options.tracing !== undefined) traceRequests(app as unknown as FastifyInstance, options.tracing)
  app.addHook('onRequest', (request, reply, done) => {
    reply.header(REQUEST_ID_HEADER, request.id)
    if (request.url.includes('%00')) {
      return done(kitProblem('UNSTORABLE_TEXT', 'The address holds a NUL character.'))
    }
    const reason = options.unavailableBecause?.()
    if (reason !== undefined && request.routeOptions.config.always !== true && !request.is404) {
      return done(kitProblem('SERVICE_NOT_READY', reason, { headers: { 'retry-after': '1' } }))
    }
    done()
  })
  app.decorateRequest('principal', null)
  app.decorateRequest('onlyCustomer', null)
  if (options.gate !== undefined) installGate(app as unknown as FastifyInstance, options.gate)
  // Coercion makes numbers of the query's texts, and would round those that a double cannot hold.
  app.addHook('preHandler', (request, _reply, done) => {
    done(
      /\d{16}/.test(request.url) && holdsRoundedNumber(request)
        ? kitProblem('NUMBER_OUT_OF_RANGE', 'A number of the address is too large.')
        : undefined,
    )
  })
  app.addHook('onResponse', (request, reply, done) => {
    const milliseconds = reply.elapsedTime
    options.metrics.httpRequest(
      request.method,
      request.routeOptions.url ?? 'unknown',
      reply.statusCode,
      milliseconds / 1000,
    )
    if (milliseconds >= limits.slowRequestMs && request.routeOptions.config.waits !== true) {
      const fields = {
        method: request.method,
        url: pathOf(request.url),
        status: reply.statusCode,
        ms: Math.round(milliseconds),
      }
      request.log.warn(fields, 'slow request')
    }
    done()
  })

  registerDocumentation(app as unknown as FastifyInstance, {
    title: options.service,
    version: options.version,
    description: options.description,
    asksForTokens: options.gate !== undefined,
  })
  registerOperationalRoutes(app as unknown as FastifyInstance, options.health, options.metrics)
  return app
}

function holdsRoundedNumber(request: FastifyRequest): boolean {
  const values = [
    ...Object.values((request.query as object | null) ?? {}),
    ...Object.values((request.params as object | null) ?? {}),
  ]
  return values.flat().some((value) => typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER)
}

/** What Node could not even parse has no request, no route and no reply object: the answer is written to the socket. */
const CLIENT_ERRORS: Readonly<Record<string, { readonly line: string; readonly code: ProblemCode }>> = {
  HPE_HEADER_OVERFLOW: { line: '431 Request Header Fields Too Large', code: 'HEADERS_TOO_LARGE' },
  ERR_HTTP_REQUEST_TIMEOUT: { line: '408 Request Timeout', code: 'REQUEST_TIMEOUT' },
}

function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { line, code } = CLIENT_ERRORS[error.code ?? ''] ?? {
    line: '400 Bad Request',
    code: 'MALFORMED_REQUEST' as const,
  }
  const problem = kitProblem(code, 'The connection was closed because the request could not be read.')
  const requestId = 'unread'
  const body = JSON.stringify(problem.toDocument({ instance: '', requestId }))
  socket.end(
    `HTTP/1.1 ${line}\r\nconnection: close\r\ncontent-type: ${PROBLEM_MEDIA_TYPE}\r\n${REQUEST_ID_HEADER}: ${requestId}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
