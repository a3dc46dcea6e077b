import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { EmbeddedKafkaError } from './errors.ts'
import { findOnPath, isExecutable } from './search-path.ts'

const run = promisify(execFile)
const LEAST_JAVA = 17
const INSTALL = `Install Java ${LEAST_JAVA} or newer (for example: apt install maven, or brew install maven, which bring it), or set JAVA_HOME to one`

export interface Java {
  readonly program: string
  /** As the virtual machine says it, like `17.0.15+6-Debian-1deb12u1`. */
  readonly version: string
}

/** The first Java ≥ 17 of JAVA_HOME and PATH. */
export async function findJava(environment: Readonly<Record<string, string | undefined>>): Promise<Java> {
  const tooOld: string[] = []
  for (const candidate of await candidates(environment)) {
    const java = await inspect(candidate, environment)
    if (java === undefined) continue
    if (Number.parseInt(java.version, 10) >= LEAST_JAVA) return java
    tooOld.push(`${java.version} at ${java.program}`)
  }
  const found = tooOld.length === 0 ? 'No Java was found' : `The Java found is too old (${tooOld.join(', ')})`
  throw new EmbeddedKafkaError('JAVA_MISSING', `${found}, and Apache Kafka needs one: ${lowerFirst(INSTALL)}.`)
}

async function candidates(environment: Readonly<Record<string, string | undefined>>): Promise<readonly string[]> {
  const home = environment.JAVA_HOME === undefined ? undefined : join(environment.JAVA_HOME, 'bin', 'java')
  const ofHome = home !== undefined && (await isExecutable(home)) ? [home] : []
  const ofPath = await findOnPath('java', environment)
  return ofPath === undefined ? ofHome : [...ofHome, ofPath]
}

/** Asks the virtual machine itself: what the PATH names may be a script, and its own place is what we can start directly. */
async function inspect(
  program: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Java | undefined> {
  try {
    const { stderr } = await run(program, ['-XshowSettings:properties', '-version'], { env: { ...environment } })
    const property = (name: string) =>
      new RegExp(`^\\s*${name.replaceAll('.', '\\.')} = (.*)$`, 'm').exec(stderr)?.[1]?.trim()
    const version = property('java.vm.version') ?? property('java.version')
    const home = property('java.home')
    // Before 9 the version began with `1.`.
    const specification = property('java.specification.version') ?? ''
    if (version === undefined || home === undefined) return undefined
    return {
      program: join(home, 'bin', 'java'),
      version: specification.startsWith('1.') ? specification.slice(2) : version,
    }
  } catch {
    return undefined
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
