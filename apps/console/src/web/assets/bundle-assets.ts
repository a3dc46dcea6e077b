import { createHash } from 'node:crypto'
import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Metafile, OutputFile } from 'esbuild'
import type { Asset, ConsoleAssets } from './asset.ts'

const SOURCE = fileURLToPath(new URL('../../', import.meta.url))
const OUTPUT = join(SOURCE, 'assets')
const TYPES = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
} as const

const compress = promisify(gzip)

/** Bundles every `*.island.ts` and every `*.css` below src/, in memory. */
export async function bundleAssets(): Promise<ConsoleAssets> {
  const { build, stop } = await import('esbuild')
  try {
    const islands = new Map(
      globSync('**/*.island.ts', { cwd: SOURCE }).map((file) => [
        basename(file, '.island.ts'),
        file.replaceAll('\\', '/'),
      ]),
    )
    const shared = {
      absWorkingDir: SOURCE,
      bundle: true,
      minify: true,
      write: false,
      outdir: OUTPUT,
      entryNames: '[name]-[hash]',
      chunkNames: '[name]-[hash]',
      logLevel: 'silent',
    } as const
    const [scripts, styles, icon] = await Promise.all([
      build({
        ...shared,
        stdin: { contents: startScript(islands), sourcefile: 'console.ts', resolveDir: SOURCE, loader: 'ts' },
        format: 'esm',
        target: 'es2023',
        splitting: true,
        metafile: true,
        legalComments: 'none',
      }),
      build({
        ...shared,
        stdin: { contents: styleSheet(), sourcefile: 'console.css', resolveDir: SOURCE, loader: 'css' },
      }),
      readFile(new URL('icon.svg', import.meta.url)),
    ])
    return await arrange(scripts, styles.outputFiles, icon, islands)
  } finally {
    // It is a process of its own, and would stay.
    await stop()
  }
}

function startScript(islands: ReadonlyMap<string, string>): string {
  const loaders = [...islands].map(([name, file]) => `${JSON.stringify(name)}: () => import('./${file}'),`)
  return `import { start } from './web/browser/start.ts'\nstart({ ${loaders.join('\n')} })`
}

/** The frame's own styles first, in the order of their names; then those of the features. */
function styleSheet(): string {
  const own = globSync('web/styles/*.css', { cwd: SOURCE }).sort()
  const features = globSync('*/*.css', { cwd: SOURCE }).sort()
  return [...own, ...features].map((file) => `@import './${file.replaceAll('\\', '/')}';`).join('\n')
}

async function arrange(
  scripts: { readonly outputFiles: OutputFile[]; readonly metafile: Metafile },
  styles: readonly OutputFile[],
  icon: Buffer,
  islands: ReadonlyMap<string, string>,
): Promise<ConsoleAssets> {
  const files = new Map<string, Asset>()
  for (const { path, contents } of [...scripts.outputFiles, ...styles]) {
    files.set(urlOf(path), await asset(path, Buffer.from(contents)))
  }
  const iconUrl = `/assets/icon-${createHash('sha256').update(icon).digest('hex').slice(0, 8)}.svg`
  files.set(iconUrl, await asset(iconUrl, icon))

  const outputs = Object.entries(scripts.metafile.outputs)
  const outputOf = (entryPoint: string): string => {
    const [file] = outputs.find(([, output]) => output.entryPoint === entryPoint) ?? []
    if (file === undefined) throw new Error(`esbuild made nothing of ${entryPoint}.`)
    return file
  }
  const withImports = (file: string, seen = new Set<string>()): ReadonlySet<string> => {
    seen.add(file)
    for (const { path, kind } of scripts.metafile.outputs[file]?.imports ?? []) {
      if (kind === 'import-statement' && !seen.has(path)) withImports(path, seen)
    }
    return seen
  }
  const start = outputOf('console.ts')
  const style = styles[0]
  if (style === undefined) throw new Error('esbuild made no style sheet.')
  return {
    script: urlOf(start),
    style: urlOf(style.path),
    icon: iconUrl,
    islands: new Map(
      [...islands].map(([name, file]) => [
        name,
        [...withImports(outputOf(file))].filter((path) => path !== start).map(urlOf),
      ]),
    ),
    files,
  }
}

const urlOf = (path: string): string => `/assets/${basename(path)}`

async function asset(path: string, plain: Buffer): Promise<Asset> {
  const ending = path.slice(path.lastIndexOf('.') + 1) as keyof typeof TYPES
  return { type: TYPES[ending], plain, gzipped: await compress(plain, { level: 9 }) }
}
