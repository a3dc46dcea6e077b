import { enableCompileCache, flushCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Properties } from '@stocker/properties'
import { registerLeanImports } from './lean-imports/register-lean-imports.ts'
import type { Service } from './service/lifecycle.ts'

export interface RunMainOptions<Config> {
  /** The service's folder: `application.properties` is read from it, and the environment goes above it. */
  readonly directory: URL
  /** `() => import('./config.ts')`. Not a static import, so that the compile cache serves it. */
  readonly config: () => Promise<{ readConfig(properties: Properties): Config }>
  /** `() => import('./app.ts')` */
  readonly app: () => Promise<{ createApp(config: Config): Service | Promise<Service> }>
  /** Default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/** How to start a service as a child process. */
export const SERVICE_PROCESS = {
  /**
   * Node's flags. A young generation of 16 MiB, which Node takes by default, grows with the first load and stays: with 4 MiB a service has 150 instead
   * of 265 MiB after a burst of orders, at the same speed. `gc` is called after the start and when a burst is over.
   */
  flags: ['--max-semi-space-size=16', '--expose-gc'],
  /**
   * With NODE_COMPILE_CACHE the cache also serves main.ts, so that Node need not load its type stripper at all: 16 MiB less from the second start on.
   * MALLOC_ARENA_MAX: each thread of Node's would otherwise get memory of its own from glibc, 2 MiB in all.
   * EXIT_WITH_PARENT: the service stops when its standard input ends, so it must be a pipe.
   */
  environment: (cacheDirectory: string) => ({
    NODE_COMPILE_CACHE: cacheDirectory,
    MALLOC_ARENA_MAX: '2',
    STOCKER_EXIT_WITH_PARENT: '1',
  }),
} as const

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
const EXIT_FAILED = 1

/**
 * A service's main.ts; this module itself imports next to nothing. Reads its properties, creates and starts the app, says `ready`, and stops it on
 * SIGTERM or SIGINT: with exit code 0, or with 1 when that takes too long or a second signal comes. An error that nobody caught is logged and ends
 * the process with 1.
 */
export async function runMain<Config>(options: RunMainOptions<Config>): Promise<void> {
  const environment = options.environment ?? process.env
  // Before anything else is imported: from here on modules come from the cache, compiled and with their types stripped.
  enableCompileCache()
  if (environment.STOCKER_LEAN_IMPORTS !== 'false') registerLeanImports()
  let service: Service | undefined
  const end = (error: unknown, what: string): never => fail(error, what, service)
  process.on('uncaughtException', (error) => end(error, 'uncaught error'))
  process.on('unhandledRejection', (error) => end(error, 'unhandled rejection'))

  const stop = stopOnce(() => service)
  for (const signal of SIGNALS) process.on(signal, () => stop(signal))
  if (environment.STOCKER_EXIT_WITH_PARENT === '1') {
    process.stdin
      .resume()
      .on('end', () => stop('parent gone'))
      .on('error', () => stop('parent gone'))
  }

  try {
    const [{ loadProperties }, { readConfig }, { createApp }] = await Promise.all([
      import('@stocker/properties'),
      options.config(),
      options.app(),
    ])
    const file = fileURLToPath(new URL('application.properties', options.directory))
    service = await createApp(readConfig(loadProperties({ files: [file], environment })))
    await service.start()
    service.logger.info({ url: service.url, startupMs: Math.round(performance.now()), pid: process.pid }, 'ready')
    // The cache is otherwise written at a normal exit, which a killed process never has.
    flushCompileCache()
    const { gc } = globalThis
    if (gc !== undefined) {
      const { giveBackMemory } = await import('./service/give-back-memory.ts')
      giveBackMemory(service, { collect: (how) => gc(how as never), residentBytes: () => process.memoryUsage.rss() })
    }
  } catch (error) {
    if (isStopped(error)) return
    end(error, 'could not start')
  }
}

function stopOnce(running: () => Service | undefined): (reason: string) => void {
  let stops = 0
  return (reason) => {
    stops += 1
    const service = running()
    if (stops > 1 || service === undefined) process.exit(EXIT_FAILED)
    const started = performance.now()
    service.logger.info({ reason }, 'stopping')
    const { shutdownTimeoutMs } = service
    setTimeout(
      () => fail(new Error(`Not stopped within ${shutdownTimeoutMs} ms.`), 'could not stop', service),
      shutdownTimeoutMs,
    )
    service.close().then(
      () => {
        service.logger.info({ ms: Math.round(performance.now() - started) }, 'stopped')
        process.exit(0)
      },
      (error) => fail(error, 'could not stop', service),
    )
  }
}

function isStopped(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'STOPPED'
}

/** The last line of a process that ends by its own fault; without a service there is no logger yet, but there is its format. */
function fail(error: unknown, what: string, service: Service | undefined): never {
  if (service !== undefined) service.logger.fatal({ err: error }, what)
  else {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
    // Configuration errors are for people, who need the message and not where it was thrown.
    const err = 'problems' in Object(error) ? { type: name, message } : { type: name, message, stack }
    process.stdout.write(`${JSON.stringify({ level: 'fatal', time: new Date().toISOString(), err, msg: what })}\n`)
  }
  process.exit(EXIT_FAILED)
}
