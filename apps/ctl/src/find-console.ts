import type { ParsedFlags } from '@stocker/platform'
import { PlatformError, readRunRecord } from '@stocker/platform'
import type { ConsoleAddress } from './console-client.ts'

/** The one that is named, or that of the platform that runs on the data directory. @throws PlatformError NOT_RUNNING */
export async function findConsole(flags: ParsedFlags, dataDir: string): Promise<Omit<ConsoleAddress, 'name'>> {
  const url = flags.text('url')
  const given = flags.text('token') ?? process.env.CONSOLE_ACCESS_TOKEN
  // The token of this machine's platform is not sent to another one.
  if (url !== undefined) return { url: url.replace(/\/$/, ''), token: given }
  const record = await readRunRecord(dataDir)
  const found = record?.services.find((service) => service.name === 'console')
  if (found !== undefined) return { url: found.url, token: given ?? record?.consoleToken }
  throw new PlatformError(
    'NOT_RUNNING',
    `no console runs on the data directory ${dataDir}: start the platform with npm start, or name the console with --url`,
  )
}
