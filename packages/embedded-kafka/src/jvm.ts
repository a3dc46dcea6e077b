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

/** `archive`: a class-data archive to read. A missing, damaged or foreign one is ignored by the virtual machine (-Xshare:auto). */
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
      `-Xmx${options.heapMb}m`,
      '-Djava.awt.headless=true',
      `-Dlog4j2.configurationFile=${LOG_CONFIG}`,
      '-Dlog4j2.disableJmx=true',
      '-XX:-UsePerfData',
      ...(archive === undefined
        ? []
        : ['-Xshare:auto', `-XX:SharedArchiveFile=${archive}`, '-Xlog:cds=off', '-Xlog:cds+dynamic=off']),
      ...own,
      '-cp',
      distribution.classPath.join(':'),
    ],
    environment: options.environment,
  }
}
