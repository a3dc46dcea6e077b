import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { freePort, isPortFree } from '../src/index.ts'

const HOST = '127.0.0.1'

test('a port is free until something listens on it', async () => {
  const port = await freePort(HOST)
  expect(await isPortFree(port, HOST)).toBe(true)

  const listener = createServer().listen(port, HOST)
  await once(listener, 'listening')
  try {
    expect(await isPortFree(port, HOST)).toBe(false)
  } finally {
    listener.close()
  }
})

test('free ports lie where no outgoing connection takes them while a server is down', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, () => freePort(HOST)))
  expect(Math.max(...ports)).toBeLessThan(32_768)
  expect(Math.min(...ports)).toBeGreaterThan(1_024)
})
