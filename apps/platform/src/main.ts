import { enableCompileCache } from 'node:module'
import { COMPILE_CACHE } from './compile-cache.ts'

// Before anything else is imported: what comes from here on is taken from the cache.
enableCompileCache(COMPILE_CACHE.platform)
const { start } = await import('./start.ts')
// A demo order that is still under way must not keep a stopped platform's process alive.
process.exit(await start(process.argv.slice(2)))
