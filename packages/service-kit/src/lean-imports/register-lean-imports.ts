import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The client whose inner structure `kafka-client.js` and `REPLACED` know. Any other version is loaded as it is. */
export const CLIENT = { name: '@platformatic/kafka', version: '2.12.1' } as const

/** Modules of the client that import far more than what its network and protocol layers need of them. */
const REPLACED: Readonly<Record<string, string>> = {
  'apis/index.js': './client-apis.js',
  'clients/base/options.js': './client-identity.js',
  'utils.js': './client-utils.js',
}

/** The client's library of collections: fifty modules, of which it uses one class here. */
const COLLECTIONS = 'mnemonist'

/** Of the modules in this folder: `client:network/index.js` is that file of the client. */
const SCHEME = 'client:'

/**
 * Lets this process load only what @stocker/kafka-config uses of the Kafka client. The client has one entry, which loads its admin, its consumers,
 * its schema registries (avsc, protobufjs) and a compiled validator for each of their options: 330 modules where 60 are used. In every service that is
 * 18 MiB and a quarter of a second of CPU for nothing. Modules that import the client from elsewhere get all of it, but not its validators.
 *
 * Call before anything else is imported. `false` in the environment's STOCKER_LEAN_IMPORTS leaves everything as it is.
 */
export function registerLeanImports(): void {
  let base: string | undefined
  registerHooks({
    resolve(specifier, context, next) {
      const parent = context.parentURL ?? ''
      if (specifier === CLIENT.name && parent.includes('/kafka-config/src/')) {
        const resolved = next(specifier, context)
        const directory = new URL('.', resolved.url).href
        if (!isKnownVersion(directory)) return resolved
        base = directory
        return local('./kafka-client.js')
      }
      if (base === undefined) return next(specifier, context)
      if (specifier.startsWith(SCHEME))
        return { url: new URL(specifier.slice(SCHEME.length), base).href, shortCircuit: true }
      if (specifier === COLLECTIONS && parent.startsWith(base)) return local('./client-cache.js')
      if (specifier.startsWith(`${COLLECTIONS}/`)) {
        // Its exports offer the single files to require() only.
        const { url } = next(COLLECTIONS, { ...context, parentURL: base })
        return { url: new URL(specifier.slice(COLLECTIONS.length + 1), url).href, shortCircuit: true }
      }
      if (!parent.startsWith(base) || !specifier.startsWith('.')) return next(specifier, context)
      const inside = new URL(specifier, parent).href.slice(base.length)
      const replacement = Object.hasOwn(REPLACED, inside) ? REPLACED[inside] : undefined
      return replacement === undefined ? next(specifier, context) : local(replacement)
    },
  })
}

function local(file: string): { url: string; shortCircuit: true } {
  return { url: new URL(file, import.meta.url).href, shortCircuit: true }
}

function isKnownVersion(directory: string): boolean {
  const file = `${dirname(fileURLToPath(directory))}/package.json`
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version === CLIENT.version
}
