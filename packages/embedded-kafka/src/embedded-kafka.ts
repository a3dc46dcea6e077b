import type { ClaimHolder, ServerExit, ServerLifecycle, ServerProcess } from '@stocker/server-process'
import { freePort, serverLifecycle } from '@stocker/server-process'
import { dataDirMark, launchBroker, STOP_SIGNALS } from './broker-process.ts'
import type { BrokerPorts } from './broker-properties.ts'
import { runWithArchive } from './class-archive.ts'
import type { Distribution } from './distribution.ts'
import { findDistribution } from './distribution.ts'
import { EmbeddedKafkaError } from './errors.ts'
import type { Java } from './java.ts'
import { findJava } from './java.ts'
import type { JvmCommand } from './jvm.ts'
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
  /** Ends the broker cleanly. */
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
 * however it ends; until then it keeps this process alive.
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
  readonly #lifecycle: ServerLifecycle
  #port: number

  constructor(options: ResolvedOptions, java: Java, distribution: Distribution) {
    this.#options = options
    this.#port = options.port
    this.#lifecycle = serverLifecycle({
      dataDir: options.dataDir,
      stopSignals: STOP_SIGNALS,
      isOurs: (commandLine) => commandLine.includes(dataDirMark(options.dataDir)),
      inUse: (holder) => dataDirInUse(options.dataDir, holder),
      unusable: (cause) => dataDirUnusable(options.dataDir, cause),
      launch: (onSpawn) => runWithArchive(options, java, distribution, (jvm) => this.#launch(jvm, onSpawn)),
    })
  }

  get bootstrapServers(): string {
    return `${this.#options.host}:${this.#port}`
  }

  get port(): number {
    return this.#port
  }

  get pid(): number {
    return this.#lifecycle.pid
  }

  get logFile(): string {
    return this.#options.logFile
  }

  get running(): boolean {
    return this.#lifecycle.running
  }

  start(): Promise<void> {
    return this.#lifecycle.start()
  }

  stop(): Promise<void> {
    return this.#lifecycle.stop()
  }

  kill(): Promise<void> {
    return this.#lifecycle.kill()
  }

  onExit(listener: (exit: BrokerExit) => void): () => void {
    return this.#lifecycle.onExit(listener)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #launch(jvm: JvmCommand, onSpawn: (pid: number) => Promise<void>): Promise<ServerProcess> {
    for (let attempt = 1; ; attempt += 1) {
      const ports = await this.#choosePorts()
      try {
        const server = await launchBroker(this.#options, ports, jvm, onSpawn)
        this.#port = ports.client
        return server
      } catch (error) {
        if (!this.#lostFreePort(error) || attempt === FREE_PORT_ATTEMPTS) throw error
      }
    }
  }

  /** Whether another process took a port between our choosing it and the broker's binding it. */
  #lostFreePort(error: unknown): boolean {
    if (!(error instanceof EmbeddedKafkaError)) return false
    if (error.code === 'PORT_IN_USE') return this.#port === 0
    return error.code === 'START_FAILED' && error.brokerLines.some((line) => line.includes('Address already in use'))
  }

  async #choosePorts(): Promise<BrokerPorts> {
    const { host } = this.#options
    return { client: this.#port === 0 ? await freePort(host) : this.#port, controller: await freePort('127.0.0.1') }
  }
}

function dataDirInUse(dataDir: string, { owner, server }: ClaimHolder): EmbeddedKafkaError {
  const broker = server === undefined ? 'a broker' : `broker ${server.pid}`
  return new EmbeddedKafkaError(
    'DATA_DIR_IN_USE',
    `${dataDir} is in use by ${broker} of process ${owner.pid}: stop that process, or give this broker a dataDir of its own`,
  )
}

function dataDirUnusable(dataDir: string, cause: Error): EmbeddedKafkaError {
  return new EmbeddedKafkaError(
    'DATA_DIR_UNUSABLE',
    `${dataDir} cannot be used for the broker's records (${cause.message}): give it a dataDir that this user may write to`,
    { cause },
  )
}
