import { fileURLToPath } from 'node:url'
import type { Distribution } from './distribution.ts'
import type { Java } from './java.ts'
import type { ResolvedOptions } from './options.ts'

/** A Java program line up to, not including, the main class. */
export interface JvmCommand {
  readonly program: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
}

const LOG_CONFIG = fileURLToPath(new URL('../config/log4j2.properties', import.meta.url))
const DEFAULT_COLLECTOR = '-XX:+UseSerialGC'

export function collectorOf(jvmOptions: readonly string[]): string {
  return jvmOptions.find((option) => /^-XX:\+Use\w+GC$/.test(option)) ?? DEFAULT_COLLECTOR
}

/**
 * `archive`: a class-data archive to read. The virtual machine ignores a missing or foreign one, and, as its checksums are verified
 * (not measurable in the start time), most damaged ones. A cut-off file still crashes it: see runWithArchive.
 */
export function jvmCommand(
  java: Java,
  distribution: Distribution,
  options: Pick<ResolvedOptions, 'heapMb' | 'jvmOptions' | 'environment'>,
  archive?: string,
): JvmCommand {
  const own = options.jvmOptions.filter((option) => option !== collectorOf(options.jvmOptions))
  return {
    program: java.program,
    args: [
      collectorOf(options.jvmOptions),
      // The optimising compiler costs a broker of this size more than it gives back within the hour: it doubles the processor
      // time of the first 100,000 records and adds 40 MB, for the same throughput afterwards.
      '-XX:TieredStopAtLevel=1',
      // Without it a share of the machine's memory, which the broker fills before it first collects garbage.
      '-Xms64m',
      `-Xmx${options.heapMb}m`,
      '-Djava.awt.headless=true',
      `-Dlog4j2.configurationFile=${LOG_CONFIG}`,
      '-Dlog4j2.disableJmx=true',
      '-XX:-UsePerfData',
      '-XX:-CreateCoredumpOnCrash',
      ...(archive === undefined ? [] : archiveOptions(archive)),
      ...own,
      '-cp',
      distribution.classPath.join(':'),
    ],
    environment: options.environment,
  }
}

function archiveOptions(archive: string): readonly string[] {
  return [
    '-Xshare:auto',
    '-XX:+VerifySharedSpaces',
    `-XX:SharedArchiveFile=${archive}`,
    '-Xlog:cds=off',
    '-Xlog:cds+dynamic=off',
  ]
}
