import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { CLIENT } from '../src/lean-imports/register-lean-imports.ts'

const kafkaConfig = fileURLToPath(new URL('../../kafka-config/', import.meta.url))

/** Names that kafka-config imports from the client at run time. */
function importedNames(): readonly string[] {
  const names = new Set<string>()
  for (const file of readdirSync(`${kafkaConfig}src`, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue
    const source = readFileSync(`${kafkaConfig}src/${file}`, 'utf8')
    for (const [, list] of source.matchAll(/^import \{([^}]*)\} from '@platformatic\/kafka'/gm)) {
      for (const name of (list ?? '').split(',')) if (name.trim() !== '') names.add(name.trim())
    }
  }
  return [...names].sort()
}

const evaluate = async (script: string): Promise<string> => {
  const register = new URL('../src/lean-imports/register-lean-imports.ts', import.meta.url).href
  const code = `const { registerLeanImports } = await import(${JSON.stringify(register)}); registerLeanImports(); ${script}`
  return (await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code])).stdout
}

test('the version whose structure is known is the one that is installed', () => {
  const require = createRequire(`${kafkaConfig}src/index.ts`)

  expect(JSON.parse(readFileSync(`${kafkaConfig}package.json`, 'utf8')).dependencies).toMatchObject({
    [CLIENT.name]: CLIENT.version,
  })
  expect(require.resolve(CLIENT.name)).toContain('@platformatic/kafka/dist/index.js')
})

test('everything that kafka-config imports of the client is there, the same as in the whole client', async () => {
  const names = importedNames()
  expect(names).toContain('ConnectionPool')
  const index = new URL('../../kafka-config/src/index.ts', import.meta.url).href
  const lean = new URL('../src/lean-imports/kafka-client.js', import.meta.url).href

  const output = await evaluate(`
    await import(${JSON.stringify(index)})
    const lean = await import(${JSON.stringify(lean)})
    console.log(JSON.stringify(Object.fromEntries(${JSON.stringify(names)}.map((name) => [name, typeof lean[name]]))))`)

  const whole = (await import('@platformatic/kafka')) as unknown as Record<string, unknown>
  expect(JSON.parse(output)).toEqual(Object.fromEntries(names.map((name) => [name, typeof whole[name]])))
})

test('what is left out is not loaded', async () => {
  const index = new URL('../../kafka-config/src/index.ts', import.meta.url).href
  const output = await evaluate(`
    import('node:module').then(async ({ registerHooks }) => {
      const loaded = []
      registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context) } })
      await import(${JSON.stringify(index)})
      console.log(JSON.stringify(loaded.filter((url) => url.includes('/node_modules/'))))
    })`)

  const loaded: string[] = JSON.parse(output)
  expect(loaded.length).toBeGreaterThan(20)
  expect(loaded.length).toBeLessThan(120)
  expect(loaded.filter((url) => /avsc|protobufjs|\/ajv\/|symspell|clients\/admin/.test(url))).toEqual([])
})
