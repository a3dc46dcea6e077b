import type { FastifyInstance, FastifyRequest } from 'fastify'
import { STAFF_ROLES } from './route-access.ts'

/** Annotation of a field, in the schema of an answer, that says something about a person. */
const PERSONAL = 'x-personal'
const MASK = '[masked]'

/** A JSON schema, such as TypeBox makes. */
type Schema = object

/**
 * Whether the caller may look at anybody's things but not at what they say about a person: staff that may only read. Customers see what is theirs as it is,
 * and so do those who may act for them.
 */
export function hidesPersonal({ principal, onlyCustomer }: FastifyRequest): boolean {
  if (principal === null || onlyCustomer !== null) return false
  return !principal.roles.some(
    (role) => Object.hasOwn(STAFF_ROLES, role) && STAFF_ROLES[role as keyof typeof STAFF_ROLES].writes,
  )
}

/** The value without what its schema marks as personal; texts become a mask, anything else is left out. */
export function withoutPersonal(value: unknown, given: Schema | undefined): unknown {
  const schema = given as Readonly<Record<string, unknown>> | undefined
  if (schema === undefined || value === null || value === undefined) return value
  const choices = (schema.anyOf ?? schema.allOf) as readonly Schema[] | undefined
  if (choices !== undefined) return choices.reduce<unknown>(withoutPersonal, value)
  if (Array.isArray(value)) return value.map((item) => withoutPersonal(item, schema.items as Schema | undefined))
  if (typeof value !== 'object') return schema[PERSONAL] === true ? hidden(value) : value
  const properties = (schema.properties ?? {}) as Readonly<Record<string, Schema>>
  // Of something personal nobody knows what a member that is not named says.
  const unnamed = schema[PERSONAL] === true ? { [PERSONAL]: true } : undefined
  const members = Object.entries(value).map(([name, member]) => [
    name,
    withoutPersonal(member, properties[name] ?? unnamed),
  ])
  return Object.fromEntries(members.filter(([, member]) => member !== undefined))
}

const hidden = (value: unknown): string | undefined => (typeof value === 'string' ? MASK : undefined)

/** Answers go out without personal values to whom they are hidden from, by the route's response schema. Streams are not looked into. */
export function hidePersonalValues(app: FastifyInstance): void {
  app.addHook('preSerialization', (request, reply, payload, done) => {
    if (!hidesPersonal(request)) return done(null, payload)
    const responses = (request.routeOptions.schema?.response ?? {}) as Readonly<Record<string, Schema>>
    done(null, withoutPersonal(payload, responses[reply.statusCode]))
  })
}
