import type { TokenClaims } from '@stocker/service-kit/development-issuer'
import { consoleLink } from './console-token.ts'
import type { ControlAddress, ControlServer, PartReport } from './control/control-server.ts'
import type { PartAction } from './control/part-switches.ts'
import { PartSwitches } from './control/part-switches.ts'
import { createDatabases } from './create-databases.ts'
import { noteFirstReady } from './data-directory.ts'
import { secondsSince } from './elapsed.ts'
import { PlatformError } from './errors.ts'
import type { PlatformEventName, PlatformEventOf, PlatformListener, ServiceAddress } from './events.ts'
import { keepAlive } from './keep-alive.ts'
import { followLogs } from './log-follower.ts'
import type { Part } from './part.ts'
import type { Platform } from './platform.ts'
import type { PlatformOptions } from './platform-options.ts'
import type { PlatformPlan } from './platform-plan.ts'
import { writeRunRecord } from './run-record.ts'
import { reportSlowStart } from './slow-start.ts'
import { noIssuer } from './tokens.ts'
import type { Topology } from './topology.ts'
import type { Workplace } from './workplace.ts'

const READY_TIMEOUT_MS = 60_000
const ENDING_SIGNALS: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGABRT', 'SIGHUP'])

export interface PlatformRunOptions {
  readonly plan: PlatformPlan
  readonly workplace: Workplace
  readonly topology: Topology
  readonly listeners: Set<PlatformListener>
  readonly emit: PlatformListener
  readonly control: ControlServer
}

/**
 * The parts of one platform between start and stop.
 *
 * `#up` holds the parts that are ready now: a part enters it when its start resolves and leaves it when its process ends or
 * is sent a signal that ends it. Aborting `#stopping` ends all restarting; only then are parts stopped, services first,
 * because a service that drains still needs broker and database.
 */
export class PlatformRun implements Platform {
  readonly #plan: PlatformPlan
  readonly #workplace: Workplace
  readonly #topology: Topology
  readonly #listeners: Set<PlatformListener>
  readonly #emit: PlatformListener
  readonly #control: ControlServer
  readonly #stopping = new AbortController()
  readonly #up = new Set<string>()
  readonly #startSeconds = new Map<string, number>()
  readonly #restarts = new Map<string, number>()
  readonly #switches: PartSwitches
  readonly #ended: Promise<void>[] = []
  #waiting: { resolve: () => void }[] = []
  #follower: { stop(): void } | undefined
  #stopped: Promise<void> | undefined
  #seconds = 0

  constructor({ plan, workplace, topology, listeners, emit, control }: PlatformRunOptions) {
    this.#plan = plan
    this.#workplace = workplace
    this.#topology = topology
    this.#listeners = listeners
    this.#emit = emit
    this.#control = control
    this.#switches = new PartSwitches(
      () => this.#parts,
      (name) => this.#up.has(name),
    )
    control.attach(this)
  }

  get services(): readonly ServiceAddress[] {
    return this.#plan.services.map((part) => ({ name: part.name, url: this.#plan.url(part.name), pid: part.pid ?? 0 }))
  }

  get processes(): Platform['processes'] {
    return this.#parts.map((part) => ({
      name: part.name,
      pid: part.pid ?? 0,
      startSeconds: this.#startSeconds.get(part.name) ?? 0,
    }))
  }

  get kafka(): string {
    return this.#plan.kafka
  }

  get consoleToken(): string {
    return this.#plan.consoleToken
  }

  get dataDir(): string {
    return this.#workplace.data
  }

  get logs(): string {
    return this.#workplace.logs
  }

  get seconds(): number {
    return this.#seconds
  }

  get #parts(): readonly Part[] {
    return [...this.#plan.servers, ...this.#plan.services]
  }

  postgres(database?: string): string {
    return this.#plan.postgres(database)
  }

  url(service: string): string {
    return this.#plan.url(service)
  }

  async token(claims: TokenClaims): Promise<string> {
    if (this.#plan.issuer === undefined) throw noIssuer(this.dataDir)
    return this.#plan.issuer.token(claims)
  }

  on<N extends PlatformEventName>(event: N, listener: (event: PlatformEventOf<N>) => void): () => void {
    const all: PlatformListener = (happened) => {
      if (happened.event === event) listener(happened as PlatformEventOf<N>)
    }
    this.#listeners.add(all)
    return () => this.#listeners.delete(all)
  }

  async start(options: PlatformOptions, beganAt: number): Promise<void> {
    const giveUp = (): void => this.#stopping.abort(options.signal?.reason)
    options.signal?.addEventListener('abort', giveUp, { once: true })
    try {
      await this.#record(false)
      const external = options.external?.postgres
      const databases = external === undefined ? [] : [createDatabases(external, this.#plan.databases)]
      await Promise.all([...this.#parts.map((part) => this.#keep(part)), ...databases])
    } catch (error) {
      await this.#end()
      throw error
    } finally {
      options.signal?.removeEventListener('abort', giveUp)
    }
    this.#seconds = secondsSince(beganAt)
    await noteFirstReady(this.#workplace.data)
    await this.#record(true)
    if (options.followLogs === true) this.#follow()
    const { services, kafka, seconds } = this
    const link = consoleLink(services, this.consoleToken)
    this.#emit({
      event: 'ready',
      services,
      kafka,
      postgres: this.postgres(),
      ...(link !== undefined && { console: link }),
      seconds,
      firstStart: this.#workplace.firstStart,
    })
  }

  kill(part: string, signal: NodeJS.Signals = 'SIGKILL'): void {
    const found = this.#parts.find(({ name }) => name === part)
    if (found === undefined) {
      throw new PlatformError(
        'USAGE',
        `there is no part "${part}"; the parts are ${this.#parts.map(({ name }) => name).join(', ')}`,
      )
    }
    if (ENDING_SIGNALS.has(signal)) this.#up.delete(part)
    found.kill(signal)
  }

  get control(): ControlAddress {
    return this.#control.address
  }

  reports(): readonly PartReport[] {
    const { servers, services } = this.#plan
    const report = (part: Part, kind: PartReport['kind']): PartReport => ({
      name: part.name,
      kind,
      state: this.#switches.stateOf(part),
      pid: part.pid ?? null,
      restarts: this.#restarts.get(part.name) ?? 0,
      url: kind === 'service' ? this.#plan.url(part.name) : null,
      logFile: part.logFile,
    })
    return [...services.map((part) => report(part, 'service')), ...servers.map((part) => report(part, 'server'))]
  }

  async act(name: string, action: PartAction): Promise<void> {
    if (action === 'stop' || action === 'restart') this.#up.delete(name)
    await this.#switches.act(name, action)
    this.#emit({ event: 'notice', message: `${name}: ${action} was asked for` })
  }

  async ready(timeoutMs = READY_TIMEOUT_MS): Promise<void> {
    if (this.#allUp) return
    const waiter = Promise.withResolvers<void>()
    this.#waiting.push(waiter)
    const timer = setTimeout(() => {
      const missing = this.#parts
        .filter(({ name }) => !this.#up.has(name))
        .map((part) => `${part.name} waits for ${part.waitsFor}`)
      waiter.reject(new PlatformError('START_FAILED', `not ready after ${timeoutMs} ms: ${missing.join('; ')}`))
    }, timeoutMs)
    await waiter.promise.finally(() => clearTimeout(timer))
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  get #allUp(): boolean {
    return this.#up.size === this.#parts.length
  }

  /** Starts a part and keeps it running. Resolves when it is ready for the first time. */
  #keep(part: Part): Promise<void> {
    const { name, logFile } = part
    this.#emit({ event: 'progress', name, state: 'started', message: '', seconds: 0, logFile })
    const fastEnough = reportSlowStart(part, this.#emit, () => this.#waitsForServer(part))
    const { started, ended } = keepAlive(part, this.#stopping.signal, {
      untilWanted: () => this.#switches.untilWanted(name),
      isWanted: () => this.#switches.isWanted(name),
      onReady: (_pid, seconds) => {
        fastEnough()
        this.#startSeconds.set(name, seconds)
        this.#isUp(name)
        if (this.#stopping.signal.aborted) return
        this.#emit({ event: 'progress', name, state: 'done', message: '', seconds, logFile })
      },
      onExited: ({ pid, code, signal }, restartInMs, lastLines) => {
        this.#up.delete(name)
        if (!this.#switches.isWanted(name)) return
        this.#emit({ event: 'service-exited', name, pid, code, signal, restartInMs, logFile, lastLines })
      },
      onRestarted: (pid, seconds) => {
        this.#isUp(name)
        this.#restarts.set(name, (this.#restarts.get(name) ?? 0) + 1)
        this.#emit({ event: 'service-restarted', name, pid, seconds })
        this.#record(true).catch(() => {})
      },
    })
    this.#ended.push(ended)
    return started.finally(fastEnough)
  }

  #waitsForServer(part: Part): boolean {
    const { servers } = this.#plan
    return !servers.includes(part) && servers.some(({ name }) => !this.#up.has(name))
  }

  #isUp(name: string): void {
    this.#up.add(name)
    if (!this.#allUp) return
    for (const { resolve } of this.#waiting) resolve()
    this.#waiting = []
  }

  #follow(): void {
    const services = this.#plan.services.map(({ name }) => name)
    const { quietTopics } = this.#topology
    this.#follower = followLogs({ logs: this.logs, services, quietTopics, emit: this.#emit })
  }

  #record(ready: boolean): Promise<void> {
    const { services, kafka, logs, consoleToken, control } = this
    return writeRunRecord(this.dataDir, {
      ...{ ready, services, kafka, postgres: this.postgres(), logs, consoleToken, control },
    })
  }

  async #stop(): Promise<void> {
    const beganAt = performance.now()
    this.#emit({ event: 'stopping', reason: 'asked to' })
    await this.#end()
    this.#emit({ event: 'stopped', seconds: secondsSince(beganAt) })
  }

  async #end(): Promise<void> {
    this.#stopping.abort(new PlatformError('START_ABORTED', 'the platform is stopping'))
    this.#switches.release()
    await this.#stopAll(this.#plan.services)
    this.#follower?.stop()
    await this.#stopAll(this.#plan.servers)
    await Promise.allSettled(this.#ended)
    await this.#control.close()
    await this.#workplace.release()
  }

  /** One part that cannot be stopped must not keep the others running, but is not passed over in silence either. */
  async #stopAll(parts: readonly Part[]): Promise<void> {
    const stop = async (part: Part): Promise<void> => {
      await part.stop().catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error)
        this.#emit({ event: 'notice', message: `${part.name} could not be stopped: ${reason}` })
      })
    }
    await Promise.all(parts.map(stop))
  }
}
