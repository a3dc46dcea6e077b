import type { FastifyInstance } from 'fastify'

/**
 * fastify answers 404 for a known path with a wrong method. This remembers the routes, so that the 404 handler can tell the two apart; it costs
 * nothing until a request finds no route. Call before the first route is registered.
 */
export function collectAllowedMethods(app: FastifyInstance): (path: string) => readonly string[] {
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = []
  app.addHook('onRoute', ({ url, method }) => {
    routes.push({ pattern: patternOf(url), methods: Array.isArray(method) ? method : [method] })
  })
  return (path) =>
    [...new Set(routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods))].sort()
}

/** `/api/orders/:id` and `*`, the two forms of find-my-way that routes here use, as a regular expression. */
function patternOf(url: string): RegExp {
  const source = url
    .split(/(:[A-Za-z0-9_]+|\*)/)
    .map((part) => (part === '*' ? '.*' : part.startsWith(':') ? '[^/]+' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')))
    .join('')
  return new RegExp(`^${source}$`)
}
