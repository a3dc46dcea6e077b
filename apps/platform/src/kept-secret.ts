import { readFile, writeFile } from 'node:fs/promises'

/** What a file says; where there is none it is made, readable for its owner alone. */
export async function keptSecret(path: string, make: () => string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const secret = make()
  await writeFile(path, `${secret}\n`, { mode: 0o600 })
  return secret
}
