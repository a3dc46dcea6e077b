import { connect } from 'node:net'
import { Writable } from 'node:stream'
import { Type } from 'typebox'
import { createHealth } from '../src/health.ts'
import type { HttpAppOptions } from '../src/http/create-http-app.ts'
import { createHttpApp } from '../src/http/create-http-app.ts'
import type { ProblemDocument } from '../src/http/problem.ts'
import { defineProblems } from '../src/http/problem.ts'
import { createLogger } from '../src/logging/create-logger.ts'
import { createMetrics } from '../src/metrics/create-metrics.ts'

export type LogLine = Readonly<Record<string, unknown>>

/** A logger whose lines can be read back. */
export function recordingLogger(service = 'test-service') {
  const lines: LogLine[] = []
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().split('\n')) if (line !== '') lines.push(JSON.parse(line))
      done()
    },
  })
  return { logger: createLogger({ service, level: 'debug', destination }), lines }
}

export const Order = Type.Object(
  {
    sku: Type.String({ minLength: 1, maxLength: 64 }),
    quantity: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
    priority: Type.Optional(Type.Union([Type.Literal('NORMAL'), Type.Literal('FAST')])),
    notes: Type.Optional(Type.Array(Type.String())),
  },
  { additionalProperties: false },
)

const problems = defineProblems({ UNKNOWN_SKU: { status: 422, title: 'Unknown product', hint: 'GET /api/products' } })

/** A small shop behind a real port. */
export async function startShop(options: Partial<HttpAppOptions> = {}) {
  const { logger, lines } = recordingLogger()
  const health = createHealth()
  const metrics = createMetrics({ process: false })
  const app = createHttpApp({
    service: 'shop',
    version: '1.2.3',
    description: 'A shop',
    logger,
    health,
    metrics,
    ...options,
  })
  app.post(
    '/api/orders',
    { schema: { summary: 'Place an order', body: Order, response: { 202: Type.Object({ sku: Type.String() }) } } },
    async ({ body }, reply) => {
      if (body.sku === 'unknown') throw problems('UNKNOWN_SKU', 'There is no "unknown".', { sku: body.sku })
      if (body.sku === 'boom') throw new Error('password=hunter2 at /srv/app')
      return reply.code(202).send({ sku: body.sku })
    },
  )
  app.get(
    '/api/orders/:id',
    {
      schema: {
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        querystring: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1 })) }),
      },
    },
    async ({ params, query }) => ({ id: params.id, limit: query.limit, type: typeof query.limit }),
  )
  return {
    app,
    health,
    metrics,
    lines,
    listen: () => app.listen({ port: 0, host: '127.0.0.1' }),
    [Symbol.asyncDispose]: async () => {
      app.server.closeAllConnections()
      await app.close()
    },
  }
}

export type Shop = Awaited<ReturnType<typeof startShop>>

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly problem: ProblemDocument
  readonly body: Readonly<Record<string, unknown>>
}

export async function call(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init)
  const body = (await response.json()) as never
  return { status: response.status, headers: response.headers, problem: body, body }
}

export function postJson(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return call(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })
}

/** A connection on which bytes are sent that no HTTP client would send, or when none would. */
export function rawConnection(url: string) {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.setEncoding('utf8')
  let received = ''
  socket.on('data', (text) => {
    received += text
  })
  const ended = new Promise<string>((resolve, reject) => {
    socket.on('end', () => resolve(received))
    socket.on('error', reject)
  })
  return {
    send: (bytes: string) => void socket.write(bytes),
    get: (path: string) => void socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`),
    received: () => received,
    /** All that was received, when the server closes the connection. */
    ended,
  }
}

/** What a server answers to some bytes before it closes the connection. */
export function sendRaw(url: string, bytes: string): Promise<string> {
  const connection = rawConnection(url)
  connection.send(bytes)
  return connection.ended
}
