import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { JWK } from 'jose'
import { exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose'

export interface TokenClaims {
  /** For a customer: the customerId. */
  readonly subject: string
  /** Default: customer. */
  readonly roles?: readonly string[]
  /** Milliseconds. Default 43,200,000: twelve hours. */
  readonly lifetimeMs?: number
}

/** Issues tokens where no real issuer is: on a developer's machine and in tests. Whoever can read its directory can be anybody. */
export interface DevelopmentIssuer {
  /** A JSON Web Token. */
  token(claims: TokenClaims): Promise<string>
  /** What services must have in their environment to believe its tokens. */
  readonly environment: Readonly<Record<string, string>>
}

/** Not an address: nobody can ask it anything. */
const ISSUER = 'urn:stocker:development-issuer'
const AUDIENCE = 'amazon-platform'
const ALGORITHM = 'ES256'
const DEFAULT_ROLES = ['customer'] as const
const DEFAULT_LIFETIME_MS = 43_200_000

/** The issuer with its key in this directory; makes both where they are missing. One process at a time. */
export async function openDevelopmentIssuer(directory: string): Promise<DevelopmentIssuer> {
  return (await readDevelopmentIssuer(directory)) ?? (await makeIssuer(directory))
}

/** The issuer with its key in this directory; undefined when there is none. */
export async function readDevelopmentIssuer(directory: string): Promise<DevelopmentIssuer | undefined> {
  try {
    return issuerOf(directory, JSON.parse(await readFile(filesOf(directory).privateKey, 'utf8')) as JWK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const filesOf = (directory: string) => ({
  /** Readable for its owner alone; never leaves the directory. */
  privateKey: join(directory, 'private-key.json'),
  keySet: join(directory, 'jwks.json'),
})

async function makeIssuer(directory: string): Promise<DevelopmentIssuer> {
  const files = filesOf(directory)
  const pair = await generateKeyPair(ALGORITHM, { extractable: true })
  const kid = new Date().toISOString()
  const [privateKey, publicKey] = await Promise.all([exportJWK(pair.privateKey), exportJWK(pair.publicKey)])
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await write(files.keySet, { keys: [{ ...publicKey, kid, alg: ALGORITHM, use: 'sig' }] }, 0o644)
  // Last: as soon as it is there the issuer is.
  await write(files.privateKey, { ...privateKey, kid }, 0o600)
  return issuerOf(directory, { ...privateKey, kid })
}

/** Written beside and moved over it: a reader never sees half a file. */
async function write(path: string, content: object, mode: number): Promise<void> {
  await writeFile(`${path}.next`, `${JSON.stringify(content, null, 2)}\n`, { mode })
  await rename(`${path}.next`, path)
}

function issuerOf(directory: string, { kid = '', ...privateKey }: JWK): DevelopmentIssuer {
  const key = importJWK(privateKey, ALGORITHM)
  return {
    token: async ({ subject, roles = DEFAULT_ROLES, lifetimeMs = DEFAULT_LIFETIME_MS }) =>
      new SignJWT({ roles })
        .setProtectedHeader({ alg: ALGORITHM, kid })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime(new Date(Date.now() + lifetimeMs))
        .sign(await key),
    environment: {
      SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_ISSUER_URI: ISSUER,
      SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_AUDIENCES: AUDIENCE,
      SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_JWK_SET_URI: pathToFileURL(filesOf(directory).keySet).href,
    },
  }
}
