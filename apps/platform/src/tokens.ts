import { join } from 'node:path'
import type { DevelopmentIssuer, TokenClaims } from '@stocker/service-kit/development-issuer'
import { CONSOLE } from './console-token.ts'
import { PlatformError } from './errors.ts'

/** Says that tokens come from an issuer of the user's own. */
const ISSUER_VARIABLE = 'SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_ISSUER_URI'

/** One machine plays all customers. Requests of each of them within a minute. */
const RATE_LIMIT = '600000'

/** Longer than a platform runs: a restarted console has the environment of the first one. */
const CONSOLE_LIFETIME_MS = 365 * 86_400_000

type Environment = Readonly<Record<string, string | undefined>>

export const issuerDirectory = (dataDir: string): string => join(dataDir, 'issuer')

/** The issuer of this data directory, made at its first start; undefined when the services are given another one. */
export async function openIssuer(
  dataDir: string,
  environments: readonly (Environment | undefined)[],
): Promise<DevelopmentIssuer | undefined> {
  if (environments.some((environment) => environment?.[ISSUER_VARIABLE] !== undefined)) return undefined
  const { openDevelopmentIssuer } = await import('@stocker/service-kit/development-issuer')
  return openDevelopmentIssuer(issuerDirectory(dataDir))
}

/** What services must have in their environment to believe the issuer. */
export function issuerEnvironment(issuer: DevelopmentIssuer | undefined): Environment {
  if (issuer === undefined) return {}
  return { HTTP_RATE_LIMIT_MAX: process.env.HTTP_RATE_LIMIT_MAX ?? RATE_LIMIT, ...issuer.environment }
}

/** What the console must have in its environment to call the services, and to give out tokens. */
export async function consoleEnvironment(dataDir: string, issuer: DevelopmentIssuer | undefined): Promise<Environment> {
  if (issuer === undefined) return {}
  return {
    CONSOLE_SERVICE_TOKEN: await issuer.token({
      subject: CONSOLE,
      roles: ['service'],
      lifetimeMs: CONSOLE_LIFETIME_MS,
    }),
    CONSOLE_DEV_ISSUER_ENABLED: 'true',
    CONSOLE_DEV_ISSUER_DIRECTORY: issuerDirectory(dataDir),
  }
}

/**
 * A token that the services of the platform on this data directory believe. For commands of the one who started it.
 * @throws PlatformError NO_ISSUER
 */
export async function issueToken(dataDir: string, claims: TokenClaims): Promise<string> {
  const { readDevelopmentIssuer } = await import('@stocker/service-kit/development-issuer')
  const issuer = await readDevelopmentIssuer(issuerDirectory(dataDir))
  if (issuer === undefined) throw noIssuer(dataDir)
  return issuer.token(claims)
}

export const noIssuer = (dataDir: string): PlatformError =>
  new PlatformError(
    'NO_ISSUER',
    `nothing issues tokens on the data directory ${dataDir}: start the platform with npm start there, or get a token from the issuer that its services are configured with`,
  )
