import { join } from 'node:path'
import type { DevelopmentIssuer } from '@stocker/service-kit/development-issuer'
import { SERVICE_PROCESS } from '@stocker/service-kit/main'
import type { PortWish } from './choose-ports.ts'
import { choosePorts } from './choose-ports.ts'
import { CONSOLE, consoleToken } from './console-token.ts'
import type { ControlAddress } from './control/control-server.ts'
import { databaseUrl } from './create-databases.ts'
import { createKafkaPart, createPostgresPart } from './embedded-parts.ts'
import { PlatformError } from './errors.ts'
import type { PlatformListener } from './events.ts'
import type { Part } from './part.ts'
import type { PlatformOptions, PortChoice } from './platform-options.ts'
import { serviceEnvironment } from './service-environment.ts'
import { createServicePart } from './service-part.ts'
import { consoleEnvironment, issuerEnvironment, openIssuer } from './tokens.ts'
import type { ServiceDefinition, Topology } from './topology.ts'
import { webhookEnvironments } from './webhook-secrets.ts'

const HOST = '127.0.0.1'
/** User and password of the embedded database. It listens on the loopback address only. */
const LOGIN = 'stocker'

export interface PlatformPlan {
  /** Broker and database, unless they are external. */
  readonly servers: readonly Part[]
  readonly services: readonly Part[]
  readonly databases: readonly string[]
  readonly kafka: string
  readonly consoleToken: string
  /** Undefined: the services are given another one. */
  readonly issuer: DevelopmentIssuer | undefined
  postgres(database?: string): string
  url(service: string): string
}

export interface Directories {
  readonly data: string
  readonly logs: string
}

/** Decides every address before anything runs, so that all processes can be started at once. */
export async function planPlatform(
  topology: Topology,
  options: PlatformOptions,
  directories: Directories,
  { emit, control }: { readonly emit: PlatformListener; readonly control: ControlAddress },
): Promise<PlatformPlan> {
  const definitions = selectServices(topology, options.services)
  const ports = await choosePorts(wishes(topology, definitions, options), (taken) =>
    emit({ event: 'port-taken', ...taken }),
  )
  const portOf = (name: string): number => ports.get(name) ?? 0
  const databases = [...new Set(definitions.flatMap((service) => Object.values(service.databases)))]

  const kafka = options.external?.kafka ?? `${HOST}:${portOf('kafka')}`
  const server = options.external?.postgres ?? `postgres://${LOGIN}:${LOGIN}@${HOST}:${portOf('postgres')}/postgres`
  const postgres = (database?: string): string => (database === undefined ? server : databaseUrl(server, database))
  const url = (service: string): string => {
    if (!definitions.some(({ name }) => name === service)) throw unknownService(service, definitions)
    return `http://${HOST}:${portOf(service)}`
  }

  const token = process.env.CONSOLE_ACCESS_TOKEN ?? (await consoleToken(directories.data))
  const issuer = await openIssuer(directories.data, [
    process.env,
    options.environment,
    ...Object.values(options.serviceEnvironment ?? {}),
  ])
  const webhooks = await webhookEnvironments(directories.data)
  const ofConsole = await consoleEnvironment(directories.data, issuer)

  const servers: Part[] = []
  if (options.external?.kafka === undefined) {
    const { heapMb, properties } = topology.kafka
    servers.push(
      createKafkaPart({
        dataDir: join(directories.data, 'kafka'),
        logFile: join(directories.logs, 'kafka.log'),
        port: portOf('kafka'),
        host: HOST,
        ...(heapMb !== undefined && { heapMb }),
        ...(properties !== undefined && { brokerProperties: properties }),
        onProgress: (message) => emit({ event: 'progress', name: 'kafka', state: 'doing', message, seconds: 0 }),
      }),
    )
  }
  if (options.external?.postgres === undefined) {
    const { settings } = topology.postgres
    const logFile = join(directories.logs, 'postgres.log')
    const login = { user: LOGIN, password: LOGIN, host: HOST, port: portOf('postgres') }
    servers.push(
      createPostgresPart(
        { dataDir: join(directories.data, 'postgres'), logFile, ...login, ...(settings !== undefined && { settings }) },
        databases,
      ),
    )
  }

  const services = definitions.map((service) => {
    const directory = join(topology.root, service.directory ?? join('services', service.name))
    return createServicePart({
      name: service.name,
      directory,
      main: join(directory, service.main ?? join('src', 'main.ts')),
      url: url(service.name),
      nodeFlags: SERVICE_PROCESS.flags,
      logFile: join(directories.logs, `${service.name}.ndjson`),
      errorFile: join(directories.logs, `${service.name}.err.log`),
      environment: serviceEnvironment(service, {
        port: portOf(service.name),
        kafka,
        postgres,
        url,
        extra: {
          ...(service.name === CONSOLE && {
            ...ofConsole,
            CONSOLE_ACCESS_TOKEN: token,
            CONSOLE_CONTROL_URL: control.url,
            CONSOLE_CONTROL_TOKEN: control.token,
            CONSOLE_LOGS_DIRECTORY: directories.logs,
          }),
          ...webhooks[service.name],
          ...issuerEnvironment(issuer),
          ...options.environment,
          ...options.serviceEnvironment?.[service.name],
        },
      }),
    })
  })
  return { servers, services, databases, kafka, consoleToken: token, issuer, postgres, url }
}

function selectServices(topology: Topology, names: readonly string[] | undefined): readonly ServiceDefinition[] {
  if (names === undefined) return topology.services
  for (const name of names) {
    if (!topology.services.some((service) => service.name === name)) throw unknownService(name, topology.services)
  }
  return topology.services.filter((service) => names.includes(service.name))
}

function unknownService(name: string, known: readonly ServiceDefinition[]): PlatformError {
  return new PlatformError(
    'USAGE',
    `there is no service "${name}"; the services are ${known.map((service) => service.name).join(', ')}`,
  )
}

function wishes(
  topology: Topology,
  services: readonly ServiceDefinition[],
  options: PlatformOptions,
): readonly PortWish[] {
  const wish = (name: string, choice: PortChoice): PortWish =>
    typeof choice === 'number'
      ? { name, port: choice, explicit: true }
      : { name, port: choice.preferred, explicit: false }
  const base = options.portBase ?? 0
  const shifted = services.map((service): PortWish => {
    if (base === 0) return wish(service.name, 0)
    const distance = service.port - topology.httpPortBase
    return wish(service.name, typeof base === 'number' ? base + distance : { preferred: base.preferred + distance })
  })
  return [
    ...(options.external?.kafka === undefined ? [wish('kafka', options.kafkaPort ?? 0)] : []),
    ...(options.external?.postgres === undefined ? [wish('postgres', options.postgresPort ?? 0)] : []),
    ...shifted,
  ]
}
