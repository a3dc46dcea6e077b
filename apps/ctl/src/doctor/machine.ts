import { execFile } from 'node:child_process'
import { access, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describePrerequisites, portOwner, readRunRecord, topology } from '@stocker/platform'
import type { Check } from './check.ts'
import { check, Skipped } from './check.ts'

const GIBIBYTE = 1_073_741_824
/** Kafka's log segments and PostgreSQL's files of a day of trying. */
const LEAST_DISK = 2 * GIBIBYTE
/** A broker has a file for each segment and index, and a connection for each client. */
const LEAST_FILES = 4_096
const OLDEST_NODE = 20

/** What a start needs of this machine. */
export const checkMachine = (dataDir: string): Promise<readonly Check[]> =>
  Promise.all([
    check('node', node),
    check('java', describePrerequisites),
    check('ports', () => ports(dataDir)),
    check('disk', () => disk(dataDir)),
    check('open files', openFiles),
  ])

function node(): string {
  if (Number(process.versions.node.split('.')[0]) >= OLDEST_NODE) return `Node ${process.versions.node}`
  throw new Error(`Node ${process.versions.node}: install ${OLDEST_NODE} or later`)
}

async function ports(dataDir: string): Promise<string> {
  const record = await readRunRecord(dataDir)
  if (record !== null) throw new Skipped(`the platform runs (pid ${record.supervisor.pid}) and has its own`)
  const wanted = [topology.kafka.port, topology.postgres.port, ...topology.services.map(({ port }) => port)]
  const taken = await Promise.all(
    wanted.map(async (port) => ((await isFree(port)) ? [] : [`${port} by ${(await portOwner(port)) ?? 'somebody'}`])),
  )
  if (taken.flat().length === 0) return `${wanted.join(', ')} are free`
  throw new Error(`taken: ${taken.flat().join(', ')}. npm start takes the next free ones, or --port-base others`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const server = createServer()
    server.once('error', () => answer(false))
    server.listen(port, '127.0.0.1', () => server.close(() => answer(true)))
  })
}

async function disk(dataDir: string): Promise<string> {
  const directory = await existing(resolve(dataDir))
  const { bavail, bsize } = await statfs(directory)
  const free = `${((bavail * bsize) / GIBIBYTE).toFixed(1)} GiB free at ${directory}`
  if (bavail * bsize >= LEAST_DISK) return free
  throw new Error(
    `${free}: at least ${LEAST_DISK / GIBIBYTE} are needed; npm start -- --fresh empties the data directory`,
  )
}

/** The data directory is made at the first start. */
async function existing(directory: string): Promise<string> {
  try {
    await access(directory)
    return directory
  } catch {
    return existing(dirname(directory))
  }
}

async function openFiles(): Promise<string> {
  if (process.platform === 'win32') throw new Skipped('Windows has no such limit')
  const { stdout } = await promisify(execFile)('sh', ['-c', 'ulimit -n'])
  const limit = stdout.trim()
  if (limit === 'unlimited' || Number(limit) >= LEAST_FILES) return `${limit} at once`
  throw new Error(`only ${limit} at once: ulimit -n ${LEAST_FILES}`)
}
