import type { TokenClaims } from '@stocker/service-kit/development-issuer'
import { PlatformError } from './errors.ts'

/** A business story against a running platform: what `npm run demo -- <name>` tells, and an end-to-end test. */
export interface Scenario {
  readonly name: string
  /** One sentence: what happens, to whom. */
  readonly description: string
  /** Resolves when the story has ended well; rejects with an error that says what was expected. */
  run(context: ScenarioContext): Promise<void>
}

export interface ScenarioContext {
  /** Base URL of a service by name. */
  url(service: string): string
  /** Where broker and database are, for stories in which something goes wrong with them. @throws PlatformError where nobody knows */
  servers(): PlatformServers
  /** What a request of this caller carries in its Authorization header; undefined where nobody is asked for a token, as far as is known here. */
  authorization(claims: TokenClaims): Promise<string | undefined>
  /** One line of the story. */
  log(line: string): void
  /** Names an order (or cart) that the story is about: its steps are told, and its timeline if the story fails. */
  follow(id: string): void
  /** The moment from which the story's milliseconds count: called right before the request that starts it. */
  begin(): void
  /** A status that an order reached, as its history has it. */
  reached(orderId: string, status: string, at: string): void
  /** Aborted when the teller has waited long enough. */
  readonly signal: AbortSignal
}

export interface PlatformServers {
  /** `host:port` */
  readonly kafka: string
  /** URL of the server, with a user that may do everything. */
  readonly postgres: string
}

// Not an import: the scenarios stand on the platform, not the other way round.
const INDEX = new URL('../../../scenarios/index.ts', import.meta.url)

export async function loadScenarios(): Promise<readonly Scenario[]> {
  return ((await import(INDEX.href)) as { readonly scenarios: readonly Scenario[] }).scenarios
}

/** @throws PlatformError USAGE that names the scenarios there are */
export async function loadScenario(name: string): Promise<Scenario> {
  const scenarios = await loadScenarios()
  const found = scenarios.find((scenario) => scenario.name === name)
  if (found !== undefined) return found
  const names = scenarios.map((scenario) => scenario.name).join(', ')
  throw new PlatformError('USAGE', `there is no scenario "${name}"; there are ${names}`)
}
