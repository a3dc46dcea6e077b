import type { Properties } from '@stocker/properties'
import { duration, integer, readProperties, text } from '@stocker/properties'
import type { ServiceConfig } from '@stocker/service-kit'
import { readServiceConfig } from '@stocker/service-kit'
import type { AccessConfig } from './access/access-settings.ts'
import { readAccessConfig } from './access/access-settings.ts'
import type { AlertsConfig } from './alerts/alert-settings.ts'
import { readAlertsConfig } from './alerts/alert-settings.ts'
import type { MonitorConfig } from './consumers/monitor-settings.ts'
import { readMonitorConfig } from './consumers/monitor-settings.ts'
import type { DevIssuerConfig } from './dev-issuer/dev-issuer-settings.ts'
import { readDevIssuerConfig } from './dev-issuer/dev-issuer-settings.ts'
import type { SystemConfig } from './system/system-settings.ts'
import { readSystemConfig } from './system/system-settings.ts'
import type { ServiceAddress, WatchedName } from './watched-settings.ts'
import { readServiceAddresses } from './watched-settings.ts'

export interface ConsoleConfig extends ServiceConfig {
  readonly alerts: AlertsConfig
  readonly access: AccessConfig
  readonly devIssuer: DevIssuerConfig
  readonly system: SystemConfig
  /** Where the services are that it watches. */
  readonly services: Readonly<Record<WatchedName, ServiceAddress>>
  readonly orders: {
    /** An order that waits so long for what the platform itself has to do (payment, dispatch, capture) is shown as late. Milliseconds. */
    readonly lateAfterMs: number
  }
  /** What it shows the services when it calls them; undefined where they ask nobody. */
  readonly serviceToken: string | undefined
  readonly monitor: MonitorConfig
  readonly deadLetters: {
    /** How often a dead letter may be sent again before it is parked. */
    readonly maxRedrives: number
    /** Endings of the topics that hold dead letters. */
    readonly suffixes: readonly string[]
    /** How often new dead-letter topics are looked for. Milliseconds. */
    readonly discoveryMs: number
    /** Topic in which the listeners confirm. */
    readonly resultsTopic: string
  }
}

export const DEAD_LETTER_SETTINGS = {
  maxRedrives: integer('dead-letters.max-redrives', {
    default: 3,
    min: 1,
    max: 100,
    description: 'How often a dead letter may be sent again before it is parked',
  }),
  suffixes: text('dead-letters.suffixes', {
    default: '-dlt,.DLT',
    description: 'Endings of the topics that hold dead letters, by commas',
  }),
  discoveryMs: duration('dead-letters.discovery-interval', {
    default: 5_000,
    min: 100,
    description: 'How often new dead-letter topics are looked for',
  }),
  resultsTopic: text('dead-letters.results-topic', {
    default: 'redrive-results',
    description: 'Topic in which the listeners confirm what was sent again',
  }),
}

export const ORDER_SETTINGS = {
  lateAfterMs: duration('console.orders.late-after', {
    default: 30_000,
    min: 1_000,
    description:
      'An order that waits so long for what the platform itself has to do (payment, dispatch, capture) is shown as late',
  }),
}

export const SERVICE_CALL_SETTINGS = {
  token: text('console.service-token', {
    optional: true,
    description: 'Bearer token, with the role service, that the console shows the services when it calls them',
  }),
}

/** Throws an error that names everything that is wrong in the properties. */
export const readConfig = (properties: Properties): ConsoleConfig => {
  const { suffixes, ...deadLetters } = readProperties(properties, DEAD_LETTER_SETTINGS, {
    ownPrefixes: ['dead-letters'],
  })
  const service = readServiceConfig(properties, { name: 'console' })
  return {
    ...service,
    alerts: readAlertsConfig(properties, service.http.port),
    access: readAccessConfig(properties),
    devIssuer: readDevIssuerConfig(properties),
    system: readSystemConfig(properties),
    services: readServiceAddresses(properties),
    orders: readProperties(properties, ORDER_SETTINGS, { ownPrefixes: ['console.orders'] }),
    serviceToken: readProperties(properties, SERVICE_CALL_SETTINGS).token,
    monitor: readMonitorConfig(properties),
    deadLetters: {
      ...deadLetters,
      suffixes: suffixes
        .split(',')
        .map((suffix) => suffix.trim())
        .filter((suffix) => suffix !== ''),
    },
  }
}
