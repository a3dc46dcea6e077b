import { SERVICE_PROCESS } from '@stocker/service-kit/main'
import { COMPILE_CACHE } from './compile-cache.ts'
import type { ServiceDefinition } from './topology.ts'

export interface ServiceSurroundings {
  readonly port: number
  readonly kafka: string
  postgres(database: string): string
  url(service: string): string
  /** Above the supervisor's own environment and what the topology sets. */
  readonly extra: Readonly<Record<string, string | undefined>>
}

/** The environment of one service: the supervisor's own, with the addresses of this platform above it. */
export function serviceEnvironment(
  service: ServiceDefinition,
  surroundings: ServiceSurroundings,
): Record<string, string | undefined> {
  const needs = new Set(service.needs)
  const databases = Object.entries(service.databases).map(([key, database]) => [key, surroundings.postgres(database)])
  const others = service.needs
    .filter((name) => name !== 'kafka' && name !== 'postgres')
    .map((name) => [`${name.toUpperCase().replaceAll('-', '_')}_URL`, surroundings.url(name)])
  return {
    ...process.env,
    // The terminal's own mode is not the services': they write plain lines into files.
    FORCE_COLOR: undefined,
    // Would win over the addresses below, which reach a service through its application.properties.
    SPRING_DATASOURCE_URL: undefined,
    ...SERVICE_PROCESS.environment(COMPILE_CACHE.services),
    // Two glibc arenas instead of eight per core: tens of megabytes less per process for a main thread that allocates alone.
    MALLOC_ARENA_MAX: '2',
    SERVER_PORT: String(surroundings.port),
    ...(needs.has('kafka') && {
      SPRING_KAFKA_BOOTSTRAP_SERVERS: surroundings.kafka,
      // Static membership: a killed service that comes back is the same member, and gets its partitions without waiting for
      // the session of the dead one to time out.
      SPRING_KAFKA_CONSUMER_PROPERTIES_GROUP_INSTANCE_ID: `${service.name}-0`,
    }),
    ...Object.fromEntries(databases),
    ...Object.fromEntries(others),
    ...service.environment,
    ...surroundings.extra,
  }
}
