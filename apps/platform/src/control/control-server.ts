import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PlatformError } from '../errors.ts'
import type { PartAction, PartState } from './part-switches.ts'
import { PART_ACTIONS } from './part-switches.ts'

/** Where a program may stop and start the parts of a running platform: on this machine only, and with this token. */
export interface ControlAddress {
  readonly url: string
  readonly token: string
}

/** A process of the platform, as it is told. */
export interface PartReport {
  readonly name: string
  readonly kind: 'service' | 'server'
  readonly state: PartState
  /** Null while there is no process. */
  readonly pid: number | null
  /** How often it was started again since the platform started. */
  readonly restarts: number
  /** Of a service. */
  readonly url: string | null
  readonly logFile: string
}

export interface ControlledParts {
  reports(): readonly PartReport[]
  act(name: string, action: PartAction): Promise<void>
}

export interface ControlServer {
  readonly address: ControlAddress
  /** From now on there is something to control; before, everything is answered 503. */
  attach(parts: ControlledParts): void
  close(): Promise<void>
}

const HOST = '127.0.0.1'

interface Answer {
  readonly status: number
  readonly body: unknown
}

/**
 * `GET /parts` answers with a list of {@link PartReport}; `POST /parts/<name>/<stop|start|restart|pause|resume>` with the part's new state. All with
 * `Authorization: Bearer <token>`.
 */
export async function listenForControl(): Promise<ControlServer> {
  const token = randomBytes(24).toString('base64url')
  let controlled: ControlledParts | undefined
  const server = createServer((request, response) => {
    answer(request, controlled, token).then(
      (given) => send(response, given),
      (error: unknown) => send(response, refused(error)),
    )
  })
  await listening(server)
  // It must not keep a process alive that has nothing else to do.
  server.unref()
  const { port } = server.address() as AddressInfo
  return {
    address: { url: `http://${HOST}:${port}`, token },
    attach: (parts) => {
      controlled = parts
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(request: IncomingMessage, parts: ControlledParts | undefined, token: string): Promise<Answer> {
  // Nothing reads it, and a connection with an unread body cannot be used again.
  request.resume()
  if (!isToken(request.headers.authorization, token)) return { status: 401, body: { error: 'the token is wrong' } }
  if (parts === undefined) return { status: 503, body: { error: 'the platform is starting' } }
  const [, collection, name, action] = (request.url ?? '').split('/').map(decodeURIComponent)
  if (collection !== 'parts') return notFound
  if (request.method === 'GET' && name === undefined) return { status: 200, body: { parts: parts.reports() } }
  const known = PART_ACTIONS.find((each) => each === action)
  if (request.method !== 'POST' || name === undefined || known === undefined) return notFound
  await parts.act(name, known)
  return { status: 200, body: parts.reports().find((part) => part.name === name) }
}

const notFound: Answer = {
  status: 404,
  body: { error: `there are GET /parts and POST /parts/<name>/<${PART_ACTIONS.join('|')}>` },
}

function refused(error: unknown): Answer {
  const message = error instanceof Error ? error.message : String(error)
  return { status: error instanceof PlatformError && error.code === 'USAGE' ? 422 : 500, body: { error: message } }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

function isToken(authorization: string | undefined, token: string): boolean {
  const given = Buffer.from(authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, HOST, resolve)
  })
}
