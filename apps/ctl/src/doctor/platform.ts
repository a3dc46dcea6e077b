import { PlatformError } from '@stocker/platform'
import type { SystemAnswer } from '../commands/ps.ts'
import { readSystem } from '../commands/ps.ts'
import type { ConsoleClient } from '../console-client.ts'
import type { Check } from './check.ts'
import { check, Skipped } from './check.ts'

const CLOCK_TOLERANCE_MS = 2_000

/** What runs, if something runs. */
export async function checkPlatform(connect: () => Promise<ConsoleClient>): Promise<readonly Check[]> {
  let client: ConsoleClient
  let system: SystemAnswer
  try {
    client = await connect()
    system = await readSystem(client)
  } catch (error) {
    const isOff = error instanceof PlatformError && error.code === 'NOT_RUNNING'
    return [
      await check('platform', () => {
        throw isOff ? new Skipped(error.message) : error
      }),
    ]
  }
  const { services, broker, databases } = system
  const bad = (lines: readonly string[], good: string): string => {
    if (lines.length === 0) return good
    throw new Error(lines.join('; '))
  }
  const names = (all: readonly { readonly name?: string; readonly service?: string }[]): string =>
    all.map(({ name, service }) => name ?? service).join(', ')
  return Promise.all([
    check('services', () =>
      bad(
        services
          .filter(({ state }) => state !== 'ready')
          .map(({ name, state, detail }) => `${name} is ${state}: ${detail}`),
        `${names(services)} are ready`,
      ),
    ),
    check('databases', () =>
      bad(
        databases.filter(({ up }) => !up).map(({ service, detail }) => `of ${service}: ${detail}`),
        `those of ${names(databases)} answer`,
      ),
    ),
    check('schema', () =>
      bad(
        databases
          .filter(({ up, migrations }) => up && !migrations)
          .map(({ service }) => `${service} has no tables yet`),
        databases.map(({ service, lastMigration }) => `${service} at ${lastMigration}`).join(', '),
      ),
    ),
    check('topics', () => topics(client, broker)),
    check('clock', () => clock(client)),
  ])
}

async function topics(client: ConsoleClient, broker: SystemAnswer['broker']): Promise<string> {
  if (!broker.up) throw new Error(`the broker does not answer: ${broker.detail}`)
  if (broker.withoutLeader > 0) throw new Error(`${broker.withoutLeader} partitions have no leader`)
  const answer = (await client.get('messages')) as { readonly topics: readonly { name: string; owner?: string }[] }
  const owned = answer.topics.filter(({ owner }) => owner !== undefined)
  if (owned.length === 0) throw new Error('no topic of a service is there: the services make them when they start')
  return `${answer.topics.length}, of which the services own ${owned.map(({ name }) => name).join(', ')}`
}

/** Tokens, deadlines and lag compare times of several machines. */
async function clock({ url }: ConsoleClient): Promise<string> {
  const before = Date.now()
  const header = (await fetch(`${url}/health/live`)).headers.get('date')
  if (header === null) throw new Skipped('the console does not say what time it is')
  // The header has whole seconds.
  const difference = Math.abs((before + Date.now()) / 2 - (Date.parse(header) + 500))
  if (difference <= CLOCK_TOLERANCE_MS) return 'as that of the console'
  throw new Error(`${Math.round(difference)} ms beside that of the console: let both follow a time server`)
}
