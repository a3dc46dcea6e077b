import type { Properties } from '@stocker/properties'
import { readProperties, text } from '@stocker/properties'

/** The services that the console watches; each can be elsewhere. */
export const WATCHED_NAMES = [
  'cart-service',
  'order-service',
  'payment-service',
  'dispatch-service',
  'delivery-service',
] as const
export type WatchedName = (typeof WATCHED_NAMES)[number]

export interface ServiceAddress {
  /** Base URL of its HTTP API, without a slash at the end. */
  readonly url: string
  readonly databaseUrl: string
}

const PREFIX = 'console.services'

const URL_OF = (name: WatchedName) =>
  text(`${PREFIX}.${name}.url`, { description: `Base URL of ${name}, e.g. http://localhost:8082` })

const DATABASE_URL_OF = (name: WatchedName) =>
  text(`${PREFIX}.${name}.database-url`, {
    description: `postgres://user:password@host:port/database of ${name}; a role that may read is enough`,
  })

export const WATCHED_SETTINGS = Object.fromEntries(
  WATCHED_NAMES.flatMap((name) => [
    [`${name} url`, URL_OF(name)] as const,
    [`${name} database`, DATABASE_URL_OF(name)] as const,
  ]),
)

/** Throws PropertiesError. */
export function readServiceAddresses(properties: Properties): Readonly<Record<WatchedName, ServiceAddress>> {
  const values = readProperties(properties, WATCHED_SETTINGS, { ownPrefixes: [PREFIX] })
  const address = (name: WatchedName): ServiceAddress => ({
    url: (values[`${name} url`] ?? '').replace(/\/+$/, ''),
    databaseUrl: (values[`${name} database`] ?? '').replace(/^jdbc:/, ''),
  })
  return Object.fromEntries(WATCHED_NAMES.map((name) => [name, address(name)])) as Record<WatchedName, ServiceAddress>
}
