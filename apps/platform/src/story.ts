import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { TokenClaims } from '@stocker/service-kit/development-issuer'
import { PlatformError } from './errors.ts'
import { lineKind, readProblem, readSteps } from './log-line.ts'
import { LogTail } from './log-tail.ts'
import type { PlatformServers, Scenario, ScenarioContext } from './scenario.ts'

/** Log lines of several processes arrive a little out of order: this long they are held back to be told in order. */
const HOLD_BACK_MS = 250
const READ_EVERY_MS = 50
/** Lines kept until the story says whose they are. */
const KEPT_LINES = 2_000

/** One line of the story, in the order of time. */
export type StoryLine =
  | { readonly kind: 'said'; readonly at: number; readonly text: string }
  | { readonly kind: 'status'; readonly at: number; readonly orderId: string; readonly status: string }
  | {
      readonly kind: 'step'
      readonly at: number
      readonly service: string
      readonly key: string
      readonly type: string
      readonly place: string
    }
  | { readonly kind: 'problem'; readonly at: number; readonly service: string; readonly message: string }

export interface StoryOptions {
  url(service: string): string
  /** Gives tokens that the services believe; undefined: requests carry none. */
  readonly token: ((claims: TokenClaims) => Promise<string>) | undefined
  /** The platform's own broker and database, where they are known. */
  readonly servers?: PlatformServers
  /** Directory of the services' logs, where they are on this machine: then every event is told, not only statuses. */
  readonly logs?: string
  readonly services: readonly string[]
  /** Default 60 000. */
  readonly timeoutMs?: number
  /** `ms`: since the request that started the story; negative before it. */
  onLine(line: StoryLine, ms: number): void
}

export interface StoryEnd {
  /** Orders and carts that the story was about. */
  readonly ids: readonly string[]
  /** From the request that started the story to the last status. */
  readonly ms: number
  /** Set when the story did not end well. */
  readonly failure?: unknown
}

/** Runs a scenario and tells it line by line. Never rejects: a failure is part of the end. */
export async function tellStory(scenario: Scenario, options: StoryOptions): Promise<StoryEnd> {
  const ids = new Set<string>()
  const pending: StoryLine[] = []
  const told = new Set<string>()
  const unclaimed: { service: string; line: Buffer }[] = []
  const tails = options.services.flatMap((service) =>
    options.logs === undefined ? [] : [{ service, tail: new LogTail(join(options.logs, `${service}.ndjson`), 'end') }],
  )
  let beganAt = Date.now()
  let lastStatusAt = beganAt
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 60_000)

  function claim(service: string, line: Buffer): boolean {
    if (![...ids].some((id) => line.includes(id))) return false
    if (lineKind(line) === 'published') {
      for (const { at, key, type, topic, partition, offset } of readSteps(line, service)) {
        const place = `${topic}/${partition}@${offset}`
        if (ids.has(key)) pending.push({ kind: 'step', at: Date.parse(at), service, key, type, place })
      }
    } else if (lineKind(line) === 'problem') {
      const problem = readProblem(line, service)
      if (problem !== null)
        pending.push({ kind: 'problem', at: Date.parse(problem.at), service, message: problem.message })
    }
    return true
  }

  function read(): void {
    for (const { service, tail } of tails) {
      tail.read((line) => {
        if (!claim(service, line) && lineKind(line) !== 'other') unclaimed.push({ service, line: Buffer.from(line) })
      })
    }
    unclaimed.splice(0, unclaimed.length - KEPT_LINES)
  }

  function tell(until: number): void {
    pending.sort((a, b) => a.at - b.at)
    while (pending[0] !== undefined && pending[0].at <= until) {
      const [line] = pending.splice(0, 1)
      if (line !== undefined) options.onLine(line, line.at - beganAt)
    }
  }

  const context: ScenarioContext = {
    url: options.url,
    servers: () => {
      if (options.servers !== undefined) return options.servers
      throw new PlatformError(
        'NOT_RUNNING',
        `${scenario.name} needs the broker and the database: it is told where the platform runs on this machine`,
      )
    },
    authorization: async (claims) => {
      const token = await options.token?.(claims)
      return token === undefined ? undefined : `Bearer ${token}`
    },
    signal: timeout,
    log: (text) => pending.push({ kind: 'said', at: Date.now(), text }),
    begin: () => {
      beganAt = Date.now()
    },
    follow: (id) => {
      ids.add(id)
      for (const { service, line } of unclaimed.splice(0)) claim(service, line)
    },
    reached: (orderId, status, at) => {
      const line = { kind: 'status', at: Date.parse(at), orderId, status } as const
      const name = `${orderId} ${status} ${at}`
      if (!told.has(name)) pending.push(line)
      told.add(name)
      lastStatusAt = Math.max(lastStatusAt, line.at)
    },
  }

  const timer = setInterval(() => {
    read()
    tell(Date.now() - HOLD_BACK_MS)
  }, READ_EVERY_MS)
  try {
    await scenario.run(context)
    return { ids: [...ids], ms: lastStatusAt - beganAt }
  } catch (failure) {
    return { ids: [...ids], ms: Date.now() - beganAt, failure }
  } finally {
    if (tails.length > 0) await delay(HOLD_BACK_MS)
    clearInterval(timer)
    read()
    tell(Number.POSITIVE_INFINITY)
    for (const { tail } of tails) tail.close()
  }
}
