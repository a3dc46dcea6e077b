import { execFileSync } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** A program in PATH, or where a variable of the environment says. Undefined where there is none; then the tests that need it are skipped, and say so. */
export function findProgram(name: string, variable: string): string | undefined {
  const candidates = [
    process.env[variable],
    ...(process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, name)),
  ]
  const program = candidates.find((path) => path !== undefined && path !== '' && isExecutable(path))
  if (program === undefined)
    console.warn(`${name} is neither in PATH nor named by ${variable}: what compares with it is skipped`)
  return program
}

/** Runs it in a folder with these files; answers what it prints, and whether it is content. */
export function runWithFiles(
  program: string,
  files: Readonly<Record<string, string>>,
  words: readonly string[],
): { readonly ok: boolean; readonly output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'judge-'))
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

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
