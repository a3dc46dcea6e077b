import { execFileSync } from 'node:child_process'
import type { PrometheusVersion } from '../src/index.ts'
import { findProgram, runWithFiles } from './find-program.ts'

/** Prometheus' own judge of rules: in PATH, or where PROMTOOL says. */
export interface Promtool {
  readonly version: PrometheusVersion
  /** `promtool test rules` in a folder with these files; answers what it prints, and whether it is content. */
  testRules(files: Readonly<Record<string, string>>, test: string): { readonly ok: boolean; readonly output: string }
  /** `promtool check config`, likewise. */
  checkConfig(
    files: Readonly<Record<string, string>>,
    config: string,
  ): { readonly ok: boolean; readonly output: string }
}

/** Undefined where there is none; then the tests that need it are skipped, and say so. */
export function findPromtool(): Promtool | undefined {
  const program = findProgram('promtool', 'PROMTOOL')
  if (program === undefined) return undefined
  const version = /version (\d+)\./.exec(execFileSync(program, ['--version'], { encoding: 'utf8', stdio: 'pipe' }))?.[1]
  const run = (files: Readonly<Record<string, string>>, ...words: readonly string[]) =>
    runWithFiles(program, files, words)
  return {
    version: version === '2' ? 2 : 3,
    testRules: (files, test) => run(files, 'test', 'rules', test),
    checkConfig: (files, config) => run(files, 'check', 'config', config),
  }
}
