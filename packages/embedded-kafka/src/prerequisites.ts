import { checkDistribution } from './distribution.ts'
import { findJava } from './java.ts'
import type { EmbeddedKafkaOptions } from './options.ts'
import { resolveOptions } from './options.ts'

export interface Prerequisites {
  /** Version of the Java that will run the broker. */
  readonly java: string
  /** Where the broker comes from. */
  readonly source: 'maven' | 'KAFKA_HOME'
}

/**
 * Whether a broker could be started, without starting or fetching anything. Takes about 0.1 s.
 * @throws EmbeddedKafkaError whose message is one sentence that says what to install
 */
export async function prerequisites(
  options: Pick<EmbeddedKafkaOptions, 'environment' | 'cacheDir' | 'pomFile'> = {},
): Promise<Prerequisites> {
  const resolved = resolveOptions({ ...options, dataDir: '.' })
  const [java, source] = await Promise.all([findJava(resolved.environment), checkDistribution(resolved)])
  return { java: java.version, source }
}
