import { execFileSync } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { PrometheusVersion } from '../src/index.ts'

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
  const candidates = [
    process.env.PROMTOOL,
    ...(process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, 'promtool')),
  ]
  const program = candidates.find((path) => path !== undefined && path !== '' && isExecutable(path))
  if (program === undefined) {
    console.warn('promtool is neither in PATH nor named by PROMTOOL: what compares with it is skipped')
    return undefined
  }
  const version = /version (\d+)\./.exec(execFileSync(program, ['--version'], { encoding: 'utf8', stdio: 'pipe' }))?.[1]
  const run = (files: Readonly<Record<string, string>>, ...words: readonly string[]) => {
    const folder = mkdtempSync(join(tmpdir(), 'promtool-'))
    try {
      for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
      return { ok: true, output: execFileSync(program, words, { cwd: folder, encoding: 'utf8', stdio: 'pipe' }) }
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string }
      return { ok: false, output: `${stdout}\n${stderr}` }
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  return {
    version: version === '2' ? 2 : 3,
    testRules: (files, test) => run(files, 'test', 'rules', test),
    checkConfig: (files, config) => run(files, 'check', 'config', config),
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
