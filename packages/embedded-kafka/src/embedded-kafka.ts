import type { DirectoryClaim, ServerExit, ServerProcess } from '@stocker/server-process'
import { claimDirectory, commandLine, endOrphan, freePort } from '@stocker/server-process'
import { dataDirMark, launchBroker, STOP_SIGNALS, writeBrokerProperties } from './broker-process.ts'
import type { BrokerPorts } from './broker-properties.ts'
import { ensureClassArchive } from './class-archive.ts'
import type { Distribution } from './distribution.ts'
import { findDistribution } from './distribution.ts'
import { EmbeddedKafkaError } from './errors.ts'
import { formatOnce } from './format.ts'
import type { Java } from './java.ts'
import { findJava } from './java.ts'
import { jvmCommand } from './jvm.ts'
import type { EmbeddedKafkaOptions, ResolvedOptions } from './options.ts'
import { resolveOptions } from './options.ts'

const FREE_PORT_ATTEMPTS = 5

export type BrokerExit = ServerExit

/** A broker with its data directory. Its methods may be called at any time and take effect one after the other. */
export interface EmbeddedKafka {
  /** `host:port` */
  readonly bootstrapServers: string
  readonly port: number
  /** Of the running broker, or of the last one. */
  readonly pid: number
  readonly logFile: string
  readonly running: boolean
  /** Ends the broker cleanly and leaves the data directory to others. */
  stop(): Promise<void>
  /** SIGKILL, as a fault would: nothing is flushed. */
  kill(): Promise<void>
  /** Starts it again after stop(), kill() or a crash: same records, same port. Does nothing while it runs. */
  start(): Promise<void>
  /** Told of every end of the broker; `expected` says whether stop() or kill() caused it. Returns the way to unsubscribe. */
  onExit(listener: (exit: BrokerExit) => void): () => void
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts one Apache Kafka broker and resolves when it answers requests. It ends with stop(), and by itself when this process ends,
 * however it ends.
 * @throws EmbeddedKafkaError whose code says what is wrong: a missing Java or Maven, a taken port, a used data directory, a broker
 *   that fails (with its last lines)
 */
export async function startEmbeddedKafka(options: EmbeddedKafkaOptions): Promise<EmbeddedKafka> {
  const resolved = resolveOptions(options)
  const [java, distribution] = await Promise.all([findJava(resolved.environment), findDistribution(resolved)])
  const broker = new Broker(resolved, java, distribution)
  await broker.start()
  return broker
}

class Broker implements EmbeddedKafka {
  readonly #options: ResolvedOptions
  readonly #java: Java
  readonly #distribution: Distribution
  readonly #listeners = new Set<(exit: BrokerExit) => void>()
  #port: number
  #claim: DirectoryClaim | undefined
  #server: ServerProcess | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: ResolvedOptions, java: Java, distribution: Distribution) {
    this.#options = options
    this.#java = java
    this.#distribution = distribution
    this.#port = options.port
  }

  get bootstrapServers(): string {
    return `${this.#options.host}:${this.#port}`
  }

  get port(): number {
    return this.#port
  }

  get pid(): number {
    return this.#server?.pid ?? -1
  }

  get logFile(): string {
    return this.#options.logFile
  }

  get running(): boolean {
    return this.#server?.running ?? false
  }

  start(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.running) return
      this.#claim ??= await claimDataDir(this.#options)
      try {
        this.#server = await this.#launch()
      } catch (error) {
        await this.#release()
        throw error
      }
      await this.#claim.setServer(this.#server.pid)
      void this.#server.exited.then((exit) => {
        for (const listener of this.#listeners) listener(exit)
      })
    })
  }

  stop(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.running) await this.#server?.stop()
      await this.#release()
    })
  }

  kill(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.running) await this.#server?.kill()
    })
  }

  onExit(listener: (exit: BrokerExit) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #launch(): Promise<ServerProcess> {
    const archive = await ensureClassArchive(this.#options, this.#java, this.#distribution)
    const jvm = jvmCommand(this.#java, this.#distribution, this.#options, archive)
    for (let attempt = 1; ; attempt += 1) {
      const ports = await this.#choosePorts()
      const propertiesFile = await writeBrokerProperties(this.#options, ports)
      const clusterId = await formatOnce(this.#options.dataDir, propertiesFile, jvm)
      try {
        const server = await launchBroker(this.#options, ports, jvm, clusterId)
        this.#port = ports.client
        return server
      } catch (error) {
        const portLost = error instanceof EmbeddedKafkaError && error.code === 'PORT_IN_USE' && this.#port === 0
        if (!portLost || attempt === FREE_PORT_ATTEMPTS) throw error
      }
    }
  }

  async #choosePorts(): Promise<BrokerPorts> {
    const { host } = this.#options
    return { client: this.#port === 0 ? await freePort(host) : this.#port, controller: await freePort('127.0.0.1') }
  }

  async #release(): Promise<void> {
    await this.#claim?.release()
    this.#claim = undefined
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }
}

async function claimDataDir(options: ResolvedOptions): Promise<DirectoryClaim> {
  const result = await claimDirectory(options.dataDir)
  if (result.status === 'held') {
    const broker = result.server === undefined ? '' : ` (broker pid ${result.server.pid})`
    throw new EmbeddedKafkaError(
      'DATA_DIR_IN_USE',
      `${options.dataDir} is in use by the broker of process ${result.owner.pid}${broker}: stop that one, or give this broker a dataDir of its own`,
    )
  }
  const { orphan, claim } = result
  if (orphan !== undefined && (await commandLine(orphan.pid)).includes(dataDirMark(options.dataDir))) {
    options.onProgress(`ending broker ${orphan.pid}, whose owner is gone`)
    await endOrphan(orphan, STOP_SIGNALS)
  }
  return claim
}
