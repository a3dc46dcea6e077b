import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify'
import type { RouteAccess } from '../security/route-access.ts'
import { isRouteAccess } from '../security/route-access.ts'
import { PROBLEM_MEDIA_TYPE } from './error-handler.ts'
import { kitProblem } from './problem.ts'

export interface DocumentationOptions {
  readonly title: string
  readonly version: string
  readonly description: string
  /** Whether callers are asked for tokens, so that the document says so. */
  readonly asksForTokens: boolean
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

const TOKEN_SCHEME = {
  type: 'http' as const,
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description: 'A JSON Web Token of the issuer that the service is configured with',
}

/** The files of Swagger UI, as @fastify/swagger-ui packs them; loading that plugin itself would cost each service start time and memory for a page that is rarely open. */
const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
}

const HIDDEN = { schema: { hide: true }, config: { access: 'public', always: true } } as const

/** Serves the OpenAPI document of the routes that are registered after this, and its page. The document is made when it is first asked for. */
export function registerDocumentation(app: FastifyInstance, options: DocumentationOptions): void {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD') routes.push(route)
  })

  let document: Promise<string> | undefined
  app.get('/openapi.json', HIDDEN, async (_request, reply) => {
    document ??= describeRoutes(routes, Object.values(app.getSchemas()), options)
    return reply.header('content-type', 'application/json; charset=utf-8').send(await document)
  })
  app.get('/docs', HIDDEN, (_request, reply) =>
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header(
        'content-security-policy',
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
      )
      .send(page(options.title)),
  )
  app.get('/docs/start.js', HIDDEN, (_request, reply) =>
    reply.header('content-type', 'text/javascript; charset=utf-8').send(START_SCRIPT),
  )
  app.get('/docs/:file', HIDDEN, async (request, reply) => {
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
      components: {
        schemas: { Problem: PROBLEM_SCHEMA },
        ...(options.asksForTokens && { securitySchemes: { token: TOKEN_SCHEME } }),
      },
    },
    transform: ({ schema, url, route }) => {
      const access = options.asksForTokens ? route.config?.access : 'public'
      return { url, schema: withProblems(schema, isRouteAccess(access) ? access : 'public') }
    },
  })
  for (const { method, url, schema, config } of routes)
    copy.route({ method, url, ...(schema && { schema }), ...(config && { config }), handler: () => undefined })
  await copy.ready()
  const document = JSON.stringify(copy.swagger())
  await copy.close()
  return document
}

/** Only in the document: as a schema of the route it would also be compiled into a serializer, for each route anew. */
function withProblems(schema: FastifySchema | undefined, access: RouteAccess): FastifySchema {
  const asked = access !== 'public' && access !== 'signed'
  return {
    ...schema,
    ...(asked && {
      security: [{ token: [] }],
      description: [schema?.description, WHO[access]].filter(Boolean).join(' '),
    }),
    response: {
      ...(schema?.response as object | undefined),
      ...(asked && { 401: { ...PROBLEM_RESPONSE, description: 'No token, or one that does not count' } }),
      ...(asked &&
        access !== 'authenticated' && { 403: { ...PROBLEM_RESPONSE, description: 'The token does not allow this' } }),
      default: PROBLEM_RESPONSE,
    },
  }
}

/** For the reader of the document. */
const WHO: Readonly<Record<Exclude<RouteAccess, 'public' | 'signed'>, string>> = {
  authenticated: 'For everybody with a token.',
  customer: 'For customers, who reach what is theirs, and for staff.',
  staff: 'For staff.',
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
