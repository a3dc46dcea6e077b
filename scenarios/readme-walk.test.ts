import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Platform } from '@stocker/platform'
import { startPlatform } from '@stocker/platform'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)

/** The ports of `npm start`, as the README names them. */
const SERVICES: Readonly<Record<string, string>> = {
  'localhost:8080': 'console',
  'localhost:8081': 'cart-service',
  'localhost:8082': 'order-service',
  'localhost:8083': 'payment-service',
  'localhost:8084': 'dispatch-service',
  'localhost:8085': 'delivery-service',
}

/** As npm runs it from the root of the repository, where the walk is not. */
const CTL = fileURLToPath(new URL('../apps/ctl/src/main.ts', import.meta.url))

let platform: Platform
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'readme-walk-'))
  platform = await startPlatform({})
})

afterAll(async () => {
  await platform?.stop()
  await rm(directory, { recursive: true, force: true })
})

/** The shell blocks of the walk, with the addresses and the data directory of this platform. */
const blocks = async (): Promise<string[]> => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const walk = /^## A walk with curl$([\s\S]*?)^## /m.exec(readme)?.[1] ?? ''
  return [...walk.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) =>
    Object.entries(SERVICES).reduce(
      (text, [address, service]) => text.replaceAll(address, new URL(platform.url(service)).host),
      // A busy machine takes longer than somebody who tries it out.
      block
        .replaceAll('timeout=10s', 'timeout=60s')
        .replaceAll('npm run -s ctl -- token', `'${process.execPath}' '${CTL}' token --data '${platform.dataDir}'`),
    ),
  )
}

test('the walk of the README works as it stands there', async () => {
  const walk = await blocks()
  expect(walk).toHaveLength(6)
  // One shell for all blocks, as in a terminal; a line between them tells their output apart.
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', walk.join('\necho; echo ----\n')], {
    cwd: directory,
    env: { ...process.env },
  })
  const [tokens, shop = '', placed = '', story = '', again = '', foreign = ''] = stdout.split('\n----\n')

  expect(tokens?.trim()).toBe('')
  expect(shop).toContain('"sku":"mug"')
  expect(shop).toContain('"available":1000000')
  const { orderId, status } = JSON.parse(placed) as { orderId: string; status: string }
  expect(status).toBe('CREATED')
  expect(story).toContain(orderId)
  for (const state of ['"status":"DELIVERED"', '"status":"AUTHORIZED"', '"status":"DISPATCHED"'])
    expect(story).toContain(state)
  expect(JSON.parse(again)).toMatchObject({ status: 409, code: 'IDEMPOTENCY_KEY_REUSED' })
  expect(JSON.parse(foreign)).toMatchObject({ status: 404, code: 'ORDER_NOT_FOUND' })
})
