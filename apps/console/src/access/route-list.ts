import type { HttpApp } from '@stocker/service-kit'
import type { RouteOptions } from 'fastify'
import { Type } from 'typebox'
import type { Role } from './roles.ts'
import { ROLES } from './roles.ts'

export interface ListedRoute {
  readonly method: string
  /** As fastify has it: `/orders/:id`. */
  readonly path: string
  /** The least role that may call it. */
  readonly access: Role | 'public'
}

const RouteView = Type.Object({
  method: Type.String(),
  path: Type.String(),
  access: Type.Enum([...ROLES, 'public'] as const),
})

/** Every route, and who may call it: what a review of the rights begins with. */
export function createRouteList() {
  const routes: ListedRoute[] = []
  return {
    add: ({ method, url }: Pick<RouteOptions, 'method' | 'url'>, access: Role | 'public'): void => {
      for (const each of [method].flat()) if (each !== 'HEAD') routes.push({ method: each, path: url, access })
    },
    register: (app: HttpApp): void => {
      app.get(
        '/ops/api/routes',
        {
          config: { access: 'viewer' },
          schema: {
            summary: 'Every route of the console, with the least role that may call it',
            tags: ['access'],
            response: { 200: Type.Object({ routes: Type.Array(RouteView) }) },
          },
        },
        () => ({ routes }),
      )
    },
  }
}

export type RouteList = ReturnType<typeof createRouteList>
