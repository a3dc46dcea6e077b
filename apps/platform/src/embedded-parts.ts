import { setTimeout as delay } from 'node:timers/promises'
import type { EmbeddedKafkaOptions } from '@stocker/embedded-kafka'
import type { EmbeddedPostgresOptions } from '@stocker/embedded-postgres'
import { linesSince } from '@stocker/server-process'
import { createDatabases } from './create-databases.ts'
import type { Part, PartExit } from './part.ts'
import { NEVER_STARTED } from './part.ts'

const LAST_LINES = 5
/** A start cannot be called back, and a download may take a minute: it is stopped when it is done, but no longer waited for. */
const UNFINISHED_START_MS = 5_000

/** What the platform uses of both embedded servers. */
interface Server {
  readonly pid: number
  readonly running: boolean
  start(): Promise<void>
  stop(): Promise<void>
  kill(): Promise<void>
  onExit(listener: (exit: { readonly code: number | null; readonly signal: string | null }) => void): unknown
}

interface ServerPartOptions<S extends Server> {
  readonly name: string
  readonly logFile: string
  create(onProgress: (message: string) => void): Promise<S>
  /** What a server needs after each start before others can use it. */
  prepare?(server: S): Promise<void>
  readonly onProgress?: (message: string) => void
}

// Both packages are loaded when they are needed, so that the first line on the terminal does not wait for them.

export function createKafkaPart(options: EmbeddedKafkaOptions & { readonly logFile: string }): Part {
  return serverPart({
    name: 'kafka',
    logFile: options.logFile,
    ...(options.onProgress && { onProgress: options.onProgress }),
    create: async (onProgress) => {
      const { startEmbeddedKafka } = await import('@stocker/embedded-kafka')
      return startEmbeddedKafka({ ...options, onProgress })
    },
  })
}

export function createPostgresPart(
  options: EmbeddedPostgresOptions & { readonly logFile: string },
  databases: readonly string[],
): Part {
  return serverPart({
    name: 'postgres',
    logFile: options.logFile,
    create: async () => {
      const { startEmbeddedPostgres } = await import('@stocker/embedded-postgres')
      return startEmbeddedPostgres(options)
    },
    prepare: (server) => createDatabases(server.url(), databases),
  })
}

function serverPart<S extends Server>(options: ServerPartOptions<S>): Part {
  let server: S | undefined
  let starting: Promise<void> = Promise.resolve()
  let unfinished = false
  let exit: Promise<PartExit> = Promise.resolve(NEVER_STARTED)
  let doing = 'its first answer'

  async function launch(): Promise<void> {
    if (server === undefined) {
      server = await options.create((message) => {
        doing = message
        options.onProgress?.(message)
      })
    } else {
      await server.start()
    }
    const launched = server
    const pid = launched.pid
    exit = new Promise((resolve) => {
      const unsubscribe = launched.onExit(({ code, signal }) => {
        if (typeof unsubscribe === 'function') unsubscribe()
        resolve({ pid, code, signal })
      })
      // It may have died before anybody listened.
      if (!launched.running) resolve({ pid, code: null, signal: null })
    })
    try {
      await options.prepare?.(launched)
    } catch (error) {
      // A start that failed leaves no server behind: the next attempt would find its own directory in use.
      await launched.stop()
      throw error
    }
  }

  return {
    name: options.name,
    logFile: options.logFile,
    get pid() {
      return server?.running === true ? server.pid : undefined
    },
    get waitsFor() {
      return doing
    },
    start(signal) {
      unfinished = true
      starting = (signal.aborted ? Promise.reject(signal.reason) : launch()).finally(() => {
        unfinished = false
      })
      return starting
    },
    exited: () => exit,
    async stop() {
      const stopServer = async (): Promise<void> => server?.stop()
      const stopped = starting.then(stopServer, stopServer)
      await (unfinished ? Promise.race([stopped, delay(UNFINISHED_START_MS)]) : stopped)
    },
    kill(signal) {
      if (server?.running !== true) return
      // The package's own kill takes the processes of the server's connections along.
      if (signal === 'SIGKILL') server.kill().catch(() => {})
      else process.kill(server.pid, signal)
    },
    lastLines: async () => (await linesSince({ file: options.logFile, offset: 0 })).slice(-LAST_LINES),
  }
}
