import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServiceAddress } from './events.ts'

/** The service that gets it. */
export const CONSOLE = 'console'
const FILE = 'console-token'

/** The token with which one logs in at the console; made once for a data directory and kept in it, readable for its owner alone. */
export async function consoleToken(dataDir: string): Promise<string> {
  const path = join(dataDir, FILE)
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const token = randomBytes(24).toString('base64url')
  await writeFile(path, `${token}\n`, { mode: 0o600 })
  return token
}

/** What a person opens: the token goes from there into a cookie. Undefined when no console runs. */
export function consoleLink(services: readonly ServiceAddress[], token: string | undefined): string | undefined {
  const url = services.find(({ name }) => name === CONSOLE)?.url
  return url === undefined || token === undefined ? undefined : `${url}/?t=${token}`
}
