import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { kafkaBootstrap } from '../../../test/servers.ts'
import { brokerReachable } from '../src/messaging/broker-health.ts'

test('a broker that listens is up', async () => {
  expect(await brokerReachable([kafkaBootstrap()])()).toEqual({
    up: true,
    detail: `${kafkaBootstrap()} accepts connections`,
  })
})

test('one of several is enough', async () => {
  expect(await brokerReachable(['127.0.0.1:1', kafkaBootstrap()])()).toMatchObject({ up: true })
})

test('where nobody listens it is down, and each server says why', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))

  const health = await brokerReachable([`127.0.0.1:${port}`, '127.0.0.1:1'])()

  expect(health.up).toBe(false)
  expect(health.detail).toMatch(
    new RegExp(`^127\\.0\\.0\\.1:${port}: .*ECONNREFUSED.*; 127\\.0\\.0\\.1:1: .*ECONNREFUSED`),
  )
})
