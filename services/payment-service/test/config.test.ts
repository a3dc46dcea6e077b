import { fileURLToPath } from 'node:url'
import { loadProperties } from '@stocker/properties'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../src/config.ts'

const FILE = fileURLToPath(new URL('../application.properties', import.meta.url))
const configOf = (overrides: Readonly<Record<string, string>> = {}, environment: Record<string, string> = {}) =>
  readConfig(loadProperties({ files: [FILE], environment, overrides }))

describe('the configuration', () => {
  it('as delivered keeps the gateway apart from the payments', () => {
    const { http, database, gateway, refund } = configOf()
    expect(http.port).toBe(8083)
    expect(gateway).toEqual({
      databaseUrl: 'postgres://stocker:stocker@localhost:54320/gateway',
      timeoutMs: 2_000,
      concurrency: 256,
      delayMs: 0,
      failureRate: 0,
      failureSeed: 1,
      webhookSecrets: [],
      webhookToleranceMs: 300_000,
      reported: 'lost',
      webhookDelayMs: 1_000,
      webhookUrl: '',
    })
    expect(refund).toEqual({ retryDelayMs: 1_000, maxRetryDelayMs: 30_000 })
    expect(gateway.databaseUrl).not.toBe(database.url)
  })

  it('takes the addresses of both databases from the environment', () => {
    const { database, gateway } = configOf(
      {},
      { DATABASE_URL: 'postgres://a@db/payment', GATEWAY_DATABASE_URL: 'postgres://a@db/gateway' },
    )
    expect([database.url, gateway.databaseUrl]).toEqual(['postgres://a@db/payment', 'postgres://a@db/gateway'])
  })

  it.each([
    ['gateway.timeout-ms', '0'],
    ['gateway.timeout-ms', 'soon'],
    ['gateway.concurrency', '0'],
    ['gateway.concurrency', '2.5'],
    ['gateway.delay-ms', '-1'],
    ['gateway.failure-rate', '20%'],
    ['gateway.failure-rate', '1.1'],
    ['gateway.failure-seed', 'x'],
    ['gateway.webhook-secret', 'whsec_dG9vIHNob3J0'],
    ['gateway.simulated.webhooks', 'some'],
    ['gateway.simulated.webhook-delay', '-1'],
    ['refund.retry-delay-ms', '0'],
    ['refund.max-retry-delay-ms', 'never'],
  ])('refuses %s=%s by name', (key, value) => {
    expect(() => configOf({ [key]: value })).toThrow(key)
  })

  it('refuses a misspelt key and names the one that is meant', () => {
    expect(() => configOf({ 'gateway.timeuot-ms': '100' })).toThrow('gateway.timeout-ms')
    expect(() => configOf({ 'refund.retry-dealy-ms': '100' })).toThrow('refund.retry-delay-ms')
  })
})
