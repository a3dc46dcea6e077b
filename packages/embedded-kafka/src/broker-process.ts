import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { LogPosition, ServerExit, ServerProcess, StopSignal } from '@stocker/server-process'
import { isPortFree, linesSince, prepareLog, startServerProcess } from '@stocker/server-process'
import type { BrokerPorts } from './broker-properties.ts'
import { brokerProperties, formatProperties } from './broker-properties.ts'
import { EmbeddedKafkaError } from './errors.ts'
import type { JvmCommand } from './jvm.ts'
import { requestMetadata } from './metadata-request.ts'
import type { ResolvedOptions } from './options.ts'
import { usefulLines } from './useful-lines.ts'

export const STOP_SIGNALS: readonly StopSignal[] = [{ signal: 'SIGTERM', waitMs: 10_000 }]

const REQUEST_TIMEOUT_MS = 2_000
const POLL_MS = 25

/** An argument of the broker's command line that names its data directory, so that its process can be told from any other. */
export function dataDirMark(dataDir: string): string {
  return `-Dstocker.kafka.data=${dataDir}`
}

export async function writeBrokerProperties(options: ResolvedOptions, ports: BrokerPorts): Promise<string> {
  const file = join(options.dataDir, 'server.properties')
  await writeFile(file, formatProperties(brokerProperties(options, ports)))
  return file
}

/** Starts the formatted broker and resolves when it answers a metadata request as the cluster `clusterId`. */
export async function launchBroker(
  options: ResolvedOptions,
  ports: BrokerPorts,
  jvm: JvmCommand,
  clusterId: string,
): Promise<ServerProcess> {
  const propertiesFile = await writeBrokerProperties(options, ports)
  if (!(await isPortFree(ports.client, options.host))) throw portInUse(options, ports)
  const log = await prepareLog(options.logFile)
  const server = await startServerProcess({
    command: jvm.program,
    args: [...jvm.args, dataDirMark(options.dataDir), 'kafka.Kafka', propertiesFile],
    directory: options.dataDir,
    logFile: options.logFile,
    environment: jvm.environment,
    stopSignals: STOP_SIGNALS,
  })
  let exit: ServerExit | undefined
  void server.exited.then((found) => {
    exit = found
  })
  const deadline = Date.now() + options.startTimeoutMs
  while (Date.now() < deadline) {
    if (exit !== undefined) throw await startFailure(options, ports, log, exit)
    if (await answers(options.host, ports.client, clusterId)) return server
    await delay(POLL_MS)
  }
  await server.kill()
  throw await describe(
    'START_TIMED_OUT',
    `the broker did not answer on ${options.host}:${ports.client} within ${options.startTimeoutMs} ms and was ended`,
    options,
    log,
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
  const how = exit.signal === null ? `with exit code ${exit.code}` : `by ${exit.signal}`
  return describe('START_FAILED', `the broker on ${options.dataDir} ended ${how} before it was ready`, options, log)
}

async function describe(
  code: 'START_FAILED' | 'START_TIMED_OUT',
  what: string,
  options: ResolvedOptions,
  log: LogPosition,
): Promise<EmbeddedKafkaError> {
  const brokerLines = usefulLines(await linesSince(log))
  return new EmbeddedKafkaError(
    code,
    [`${what}; its last lines (all of them in ${options.logFile}):`, ...brokerLines].join('\n  '),
    {
      brokerLines,
    },
  )
}
