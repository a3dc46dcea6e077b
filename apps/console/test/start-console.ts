import { fileURLToPath } from 'node:url'
import { loadProperties } from '@stocker/properties'
import type { Service } from '@stocker/service-kit'
import { createLogger } from '@stocker/service-kit'
import { createTestDatabase, kafkaBootstrap, testTopic } from '../../../test/servers.ts'
import type { Role } from '../src/access/roles.ts'
import { createApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'

/** The access tokens of a console under test. */
export const TOKENS = {
  viewer: 'token-of-the-viewers',
  support: 'token-of-the-support',
  operator: 'token-of-the-operators',
  developer: 'token-of-the-developers',
} as const satisfies Record<Role, string>

export interface TestConsole extends AsyncDisposable {
  readonly service: Service
  readonly url: string
  readonly databaseUrl: string
  /** What it logged, line by line. */
  readonly log: readonly string[]
  /** As a program with the token of a role asks. */
  ask(role: Role, path: string, init?: RequestInit): Promise<Response>
}

/** A console on a database of its own, with groups and topics that no other test has. */
export async function startConsole(overrides: Readonly<Record<string, string>> = {}): Promise<TestConsole> {
  const database = await createTestDatabase()
  const prefix = testTopic('console')
  const log: string[] = []
  const service = createApp(
    readConfig(
      loadProperties({
        files: [fileURLToPath(new URL('../application.properties', import.meta.url))],
        environment: {},
        overrides: {
          'server.port': '0',
          'spring.datasource.url': database.url,
          'spring.kafka.bootstrap-servers': kafkaBootstrap(),
          'spring.kafka.consumer.group-id': `${prefix}-group`,
          'dead-letters.suffixes': `${prefix}-dlt`,
          'dead-letters.discovery-interval': '200ms',
          'dead-letters.results-topic': `${prefix}-results`,
          ...Object.fromEntries(
            Object.entries(TOKENS).map(([role, token]) => [`console.access.tokens.${role}`, token]),
          ),
          ...overrides,
        },
      }),
    ),
    createLogger({ service: 'console', level: 'trace', destination: { write: (line) => log.push(line) } }),
  )
  await service.start()
  const { url = '' } = service
  return {
    service,
    url,
    databaseUrl: database.url,
    log,
    ask: (role, path, init = {}) =>
      fetch(`${url}${path}`, {
        redirect: 'manual',
        ...init,
        headers: { authorization: `Bearer ${TOKENS[role]}`, ...init.headers },
      }),
    [Symbol.asyncDispose]: async () => {
      await service.close()
      await database.drop()
    },
  }
}
