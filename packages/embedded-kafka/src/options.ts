import { homedir, tmpdir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EmbeddedKafkaError } from './errors.ts'

export interface EmbeddedKafkaOptions {
  /** Directory of the broker's records and its log; created if missing. One broker at a time. */
  readonly dataDir: string
  /** Port for clients; 0 takes a free one, which stays the same over stop() and start(). Default 9092. */
  readonly port?: number
  /** Address to listen on and to advertise. Default 127.0.0.1: the broker has no authentication. */
  readonly host?: string
  /** Where the broker's jars and its class-data archive are kept. Default: `stocker` in the user's cache directory. */
  readonly cacheDir?: string
  /** The Maven project that pins the broker. Default: the pom.xml at the root of this repository. */
  readonly pomFile?: string
  /** The log of the broker and of its virtual machine. Default: `broker.log` in dataDir. */
  readonly logFile?: string
  /** Largest Java heap in MiB. Default 512. */
  readonly heapMb?: number
  /** Further options of the virtual machine. A garbage collector named here (`-XX:+UseG1GC`) replaces the default (serial). */
  readonly jvmOptions?: readonly string[]
  /** Settings of the broker's server.properties; they win over those of this package. */
  readonly brokerProperties?: Readonly<Record<string, string>>
  /** How long the broker may take from its launch to its first answer, in milliseconds. Default 60000. Downloads do not count. */
  readonly startTimeoutMs?: number
  /** JAVA_HOME, KAFKA_HOME, PATH, XDG_CACHE_HOME and whatever Java and Maven read. Default: the environment of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Told of each step that takes time, for a progress line. */
  readonly onProgress?: (message: string) => void
}

export interface ResolvedOptions {
  readonly dataDir: string
  readonly port: number
  readonly host: string
  readonly cacheDir: string
  readonly pomFile: string
  readonly logFile: string
  readonly heapMb: number
  readonly jvmOptions: readonly string[]
  readonly brokerProperties: Readonly<Record<string, string>>
  readonly startTimeoutMs: number
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly onProgress: (message: string) => void
}

export const DEFAULTS = {
  port: 9092,
  host: '127.0.0.1',
  heapMb: 512,
  startTimeoutMs: 60_000,
  pomFile: fileURLToPath(new URL('../../../pom.xml', import.meta.url)),
} as const

const LEAST_HEAP_MB = 128

export function resolveOptions(options: EmbeddedKafkaOptions): ResolvedOptions {
  const environment = options.environment ?? process.env
  const resolved = {
    ...DEFAULTS,
    jvmOptions: [],
    brokerProperties: {},
    onProgress: () => undefined,
    ...withoutUndefined(options),
    environment,
    dataDir: resolve(options.dataDir),
    cacheDir: resolve(options.cacheDir ?? defaultCacheDir(environment)),
    logFile: resolve(options.logFile ?? join(options.dataDir, 'broker.log')),
  }
  if (options.dataDir === '') refuse('dataDir', options.dataDir, 'a path')
  if (!isPort(resolved.port)) refuse('port', resolved.port, 'a whole number from 0 to 65535')
  if (!Number.isInteger(resolved.heapMb) || resolved.heapMb < LEAST_HEAP_MB) {
    refuse('heapMb', resolved.heapMb, `a whole number of MiB, at least ${LEAST_HEAP_MB}`)
  }
  if (!(resolved.startTimeoutMs > 0))
    refuse('startTimeoutMs', resolved.startTimeoutMs, 'a positive number of milliseconds')
  return resolved
}

/**
 * The user's cache directory rather than one in the repository: the 43 MB are the same for every checkout, and survive a
 * `git clean`. Without a usable home directory, the system's temporary one.
 */
export function defaultCacheDir(environment: Readonly<Record<string, string | undefined>>): string {
  const xdg = environment.XDG_CACHE_HOME
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'stocker')
  const home = environment.HOME ?? homedir()
  if (home === '' || home === '/') return join(tmpdir(), `stocker-cache-${process.getuid?.() ?? 0}`)
  return process.platform === 'darwin' ? join(home, 'Library', 'Caches', 'stocker') : join(home, '.cache', 'stocker')
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65_535
}

function refuse(option: string, value: unknown, expected: string): never {
  throw new EmbeddedKafkaError('INVALID_OPTION', `${option} is ${JSON.stringify(value)}; expected ${expected}`)
}

function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T
}
