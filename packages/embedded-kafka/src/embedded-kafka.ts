import type { ClaimHolder, ServerExit } from '@stocker/server-process'
import { EmbeddedServer, freePort } from '@stocker/server-process'
import { dataDirMark, launchBroker, STOP_SIGNALS } from './broker-process.ts'
import { runWithArchive } from './class-archive.ts'
import type { Distribution } from './distribution.ts'
import { findDistribution } from './distribution.ts'
import { EmbeddedKafkaError } from './errors.ts'
import type { Java } from './java.ts'
import { findJava } from './java.ts'
import type { EmbeddedKafkaOptions, ResolvedOptions } from './options.ts'
import { resolveOptions } from './options.ts'

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

class Broker extends EmbeddedServer implements EmbeddedKafka {
  readonly #host: string

  constructor(options: ResolvedOptions, java: Java, distribution: Distribution) {
    const { dataDir } = options
    super({
      ...options,
      stopSignals: STOP_SIGNALS,
      isOurs: (commandLine) => commandLine.includes(dataDirMark(dataDir)),
      inUse: (holder) => dataDirInUse(dataDir, holder),
      unusable: (cause) => dataDirUnusable(dataDir, cause),
      lostPort,
      launch: async (client, onSpawn) => {
        const ports = { client, controller: await freePort('127.0.0.1') }
        return runWithArchive(options, java, distribution, (jvm) => launchBroker(options, ports, jvm, onSpawn))
      },
    })
    this.#host = options.host
  }

  get bootstrapServers(): string {
    return `${this.#host}:${this.port}`
  }
}

/** The controller's port is found free at each start. */
function lostPort(error: unknown, found: boolean): boolean {
  if (!(error instanceof EmbeddedKafkaError)) return false
  if (error.code === 'PORT_IN_USE') return found
  return error.code === 'START_FAILED' && error.brokerLines.some((line) => line.includes('Address already in use'))
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
