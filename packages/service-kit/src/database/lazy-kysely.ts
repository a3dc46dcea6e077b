import { createRequire } from 'node:module'
import type { Kysely } from 'kysely'
import type { Pool } from 'pg'

const require = createRequire(import.meta.url)

/** Stands for the query builder until it is used; then it is loaded and every call goes to it. */
export function lazyKysely<Tables>(pool: Pool): Kysely<Tables> {
  let loaded: Kysely<Tables> | undefined
  const load = (): Kysely<Tables> => {
    if (loaded === undefined) {
      const { Kysely, PostgresDialect } = require('kysely') as typeof import('kysely')
      loaded = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
    }
    return loaded
  }
  return new Proxy({} as Kysely<Tables>, {
    get: (_target, name) => {
      const kysely = load()
      const value: unknown = Reflect.get(kysely, name, kysely)
      // Its methods use private fields, which the stand-in has not.
      return typeof value === 'function' ? value.bind(kysely) : value
    },
    has: (_target, name) => Reflect.has(load(), name),
  })
}
