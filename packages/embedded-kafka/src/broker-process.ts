import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { LogPosition, ServerExit, ServerProcess, StopSignal } from '@stocker/server-process'
import { isPortFree, linesSince, prepareLog, startServerProcess } from '@stocker/server-process'
import type { BrokerPorts } from './broker-properties.ts'
import { brokerProperties, formatProperties } from './broker-properties.ts'
import type { EmbeddedKafkaErrorCode } from './errors.ts'
import { EmbeddedKafkaError } from './errors.ts'
import { formatOnce } from './format.ts'
import type { JvmCommand } from './jvm.ts'
import { requestMetadata } from './metadata-request.ts'
import type { ResolvedOptions } from './options.ts'
import { usefulLines, virtualMachineFailed } from './useful-lines.ts'

export const STOP_SIGNALS: readonly StopSignal[] = [{ signal: 'SIGTERM', waitMs: 10_000 }]

const REQUEST_TIMEOUT_MS = 2_000
const POLL_MS = 25

/** An argument of the broker's command line that names its data directory, so that its process can be told from any other. */
export function dataDirMark(dataDir: string): string {
  return `-Dstocker.kafka.data=${dataDir}`
}

/**
 * Formats the data directory if need be, starts the broker, tells its pid, and resolves when it answers a metadata request. If that
 * fails no broker is left.
 */
export async function launchBroker(
  options: ResolvedOptions,
  ports: BrokerPorts,
  jvm: JvmCommand,
  onSpawn: (pid: number) => Promise<void>,
  stopSignals: readonly StopSignal[] = STOP_SIGNALS,
): Promise<ServerProcess> {
  if (!(await isPortFree(ports.client, options.host))) throw portInUse(options, ports)
  const propertiesFile = join(options.dataDir, 'server.properties')
  await writeFile(propertiesFile, formatProperties(brokerProperties(options, ports)))
  const clusterId = await formatOnce(options.dataDir, propertiesFile, jvm)
  const log = await prepareLog(options.logFile)
  const server = await startServerProcess({
    command: jvm.program,
    args: [...jvm.args, dataDirMark(options.dataDir), 'kafka.Kafka', propertiesFile],
    directory: options.dataDir,
    logFile: options.logFile,
    environment: jvm.environment,
    stopSignals,
  })
  try {
    await onSpawn(server.pid)
    await awaitReady(server, options, ports, clusterId, log)
    return server
  } catch (error) {
    await server.kill()
    throw error
  }
}

async function awaitReady(
  server: ServerProcess,
  options: ResolvedOptions,
  ports: BrokerPorts,
  clusterId: string,
  log: LogPosition,
): Promise<void> {
  const deadline = Date.now() + options.startTimeoutMs
  while (Date.now() < deadline) {
    if (!server.running) throw await startFailure(options, ports, log, await server.exited)
    if (await answers(options.host, ports.client, clusterId)) return
    await delay(POLL_MS)
  }
  const where = `${options.host}:${ports.client}`
  throw failure(
    'START_TIMED_OUT',
    `the broker did not answer on ${where} within ${options.startTimeoutMs} ms and was ended`,
    {
      logFile: options.logFile,
      lines: await linesSince(log),
    },
  )
}

/** Whether this very cluster answers: a stranger on the port would not be taken for our broker. */
async function answers(host: string, port: number, clusterId: string): Promise<boolean> {
  const cluster = await requestMetadata(host, port, REQUEST_TIMEOUT_MS).catch(() => undefined)
  return cluster !== undefined && cluster.clusterId === clusterId && cluster.brokers.length > 0
}

function portInUse(options: ResolvedOptions, ports: BrokerPorts): EmbeddedKafkaError {
  return new EmbeddedKafkaError(
    'PORT_IN_USE',
    `port ${ports.client} on ${options.host} is in use: stop what listens there or choose another port for the broker (0 takes a free one)`,
  )
}

async function startFailure(
  options: ResolvedOptions,
  ports: BrokerPorts,
  log: LogPosition,
  exit: ServerExit,
): Promise<EmbeddedKafkaError> {
  if (!(await isPortFree(ports.client, options.host))) return portInUse(options, ports)
  const lines = await linesSince(log)
  const how = exit.signal === null ? `with exit code ${exit.code}` : `by ${exit.signal}`
  const { dataDir, logFile } = options
  return virtualMachineFailed(exit.signal, lines)
    ? failure('JVM_FAILED', `the Java of the broker on ${dataDir} ended ${how}`, { logFile, lines })
    : failure('START_FAILED', `the broker on ${dataDir} ended ${how} before it was ready`, { logFile, lines })
}

function failure(
  code: EmbeddedKafkaErrorCode,
  what: string,
  log: { readonly logFile: string; readonly lines: readonly string[] },
): EmbeddedKafkaError {
  const brokerLines = usefulLines(log.lines)
  const message = [`${what}; its last lines (all of them in ${log.logFile}):`, ...brokerLines].join('\n  ')
  return new EmbeddedKafkaError(code, message, { brokerLines })
}
