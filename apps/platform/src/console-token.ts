import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { ServiceAddress } from './events.ts'
import { keptSecret } from './kept-secret.ts'

/** The service that gets it. */
export const CONSOLE = 'console'
const FILE = 'console-token'

/** The token with which one logs in at the console; made once for a data directory and kept in it. */
export const consoleToken = (dataDir: string): Promise<string> =>
  keptSecret(join(dataDir, FILE), () => randomBytes(24).toString('base64url'))

/** What a person opens: the token goes from there into a cookie. Undefined when no console runs. */
export function consoleLink(services: readonly ServiceAddress[], token: string | undefined): string | undefined {
  const url = services.find(({ name }) => name === CONSOLE)?.url
  return url === undefined || token === undefined ? undefined : `${url}/?t=${token}`
}
