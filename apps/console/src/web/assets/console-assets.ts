import type { Logger } from '@stocker/service-kit'

import type { ConsoleAssets } from './asset.ts'

let assets: Promise<ConsoleAssets> | undefined

/**
 * Scripts and styles, bundled when the first page is asked for, once in a process: they come from its own source, which does not change. Undefined when
 * that fails: pages are readable without, and the next one tries again.
 */
export async function consoleAssets(logger: Pick<Logger, 'error'>): Promise<ConsoleAssets | undefined> {
  assets ??= import('./bundle-assets.ts').then(({ bundleAssets }) => bundleAssets())
  try {
    return await assets
  } catch (error) {
    assets = undefined
    logger.error({ err: error }, 'the scripts of the console could not be bundled')
    return undefined
  }
}

/** URLs of the scripts for the islands of some markup, each once. */
export function neededScripts({ islands }: ConsoleAssets, markup: string): readonly string[] {
  const names = new Set([...markup.matchAll(/data-island="([^"]+)"/g)].map(([, name = '']) => name))
  return [...new Set([...names].flatMap((name) => islands.get(name) ?? []))]
}
