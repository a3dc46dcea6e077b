import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify'
import { PROBLEM_MEDIA_TYPE } from './error-handler.ts'
import { kitProblem } from './problem.ts'

export interface DocumentationOptions {
  readonly title: string
  readonly version: string
  readonly description: string
}

const TEXT = { type: 'string' } as const

const FIELD_ERROR = {
  type: 'object' as const,
  properties: {
    in: { type: 'string' as const, enum: ['body', 'query', 'path', 'header'] },
    pointer: TEXT,
    parameter: TEXT,
    rule: TEXT,
    detail: TEXT,
  },
}

/** The component every error answer refers to. */
const PROBLEM_SCHEMA = {
  type: 'object' as const,
  title: 'Problem',
  description: 'RFC 9457. Compare `code`; `detail` is for people.',
  required: ['type', 'title', 'status', 'code', 'detail', 'instance', 'requestId'],
  properties: {
    type: TEXT,
    title: TEXT,
    status: { type: 'integer' as const },
    code: TEXT,
    detail: TEXT,
    instance: TEXT,
    requestId: TEXT,
    hint: TEXT,
    errors: { type: 'array' as const, items: FIELD_ERROR },
  },
}

const PROBLEM_RESPONSE = {
  description: 'A problem',
  content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
}

/** The files of Swagger UI, as @fastify/swagger-ui packs them; loading that plugin itself would cost each service start time and memory for a page that is rarely open. */
const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
}

/** Serves the OpenAPI document of the routes that are registered after this, and its page. The document is made when it is first asked for. */
export function registerDocumentation(app: FastifyInstance, options: DocumentationOptions): void {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD') routes.push(route)
  })

  let document: Promise<string> | undefined
  app.get('/openapi.json', { schema: { hide: true }, config: { always: true } }, async (_request, reply) => {
    document ??= describeRoutes(routes, Object.values(app.getSchemas()), options)
    return reply.header('content-type', 'application/json; charset=utf-8').send(await document)
  })
  app.get('/docs', { schema: { hide: true }, config: { always: true } }, (_request, reply) =>
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header(
        'content-security-policy',
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
      )
      .send(page(options.title)),
  )
  app.get('/docs/start.js', { schema: { hide: true }, config: { always: true } }, (_request, reply) =>
    reply.header('content-type', 'text/javascript; charset=utf-8').send(START_SCRIPT),
  )
  app.get('/docs/:file', { schema: { hide: true }, config: { always: true } }, async (request, reply) => {
    const { file } = request.params as { file: string }
    const type = Object.hasOwn(ASSETS, file) ? ASSETS[file] : undefined
    if (type === undefined)
      throw kitProblem('ROUTE_NOT_FOUND', `The documentation has no file ${JSON.stringify(file)}.`)
    const path = join(
      dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui/package.json')),
      'static',
      file,
    )
    const { size } = await stat(path)
    return reply
      .headers({ 'content-type': type, 'content-length': size, 'cache-control': 'public, max-age=86400' })
      .send(createReadStream(path))
  })
}

/**
 * @fastify/swagger must be loaded before the routes that it describes, and loading is asynchronous. So it describes copies of them, on an app of its
 * own that never listens; and a service whose documentation nobody reads does not pay for it.
 */
async function describeRoutes(
  routes: readonly RouteOptions[],
  sharedSchemas: readonly unknown[],
  options: DocumentationOptions,
): Promise<string> {
  const [{ fastify }, { fastifySwagger }] = await Promise.all([import('fastify'), import('@fastify/swagger')])
  const copy = fastify({ exposeHeadRoutes: false })
  copy.setValidatorCompiler(() => () => true)
  copy.setSerializerCompiler(() => JSON.stringify)
  for (const schema of sharedSchemas) copy.addSchema(schema)
  await copy.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: options.title, version: options.version, description: options.description },
      servers: [{ url: '/' }],
      components: { schemas: { Problem: PROBLEM_SCHEMA } },
    },
    transform: ({ schema, url }) => ({ url, schema: withProblemResponse(schema) }),
  })
  for (const { method, url, schema } of routes)
    copy.route({ method, url, ...(schema && { schema }), handler: () => undefined })
  await copy.ready()
  const document = JSON.stringify(copy.swagger())
  await copy.close()
  return document
}

/** Only in the document: as a schema of the route it would also be compiled into a serializer, for each route anew. */
function withProblemResponse(schema: FastifySchema): FastifySchema {
  if (schema === undefined || schema === null) return { response: { default: PROBLEM_RESPONSE } }
  return { ...schema, response: { ...(schema.response as object | undefined), default: PROBLEM_RESPONSE } }
}

function page(title: string): string {
  const safe = title.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${safe}</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<noscript>The same as a document: <a href="/openapi.json">openapi.json</a></noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`
}

const START_SCRIPT = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
})
`
