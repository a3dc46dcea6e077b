import { fileURLToPath } from 'node:url'
import { loadProperties } from '@stocker/properties'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../src/config.ts'

const FILE = fileURLToPath(new URL('../application.properties', import.meta.url))
const configOf = (overrides: Readonly<Record<string, string>> = {}) =>
  readConfig(loadProperties({ files: [FILE], environment: {}, overrides }))

describe('the configuration', () => {
  it('as delivered has a courier who takes no time', () => {
    const { http, courier, database } = configOf()
    expect(http.port).toBe(8085)
    expect(courier.databaseUrl).not.toBe(database.url)
    expect(courier).toEqual({
      databaseUrl: 'postgres://stocker:stocker@localhost:54320/courier',
      delayMs: 0,
      failureRate: 0,
      failureSeed: 1,
      concurrency: 256,
      retryAfterMs: 2_000,
      silenceMs: 86_400_000,
      webhookSecrets: [],
      webhookToleranceMs: 300_000,
      reported: 'lost',
      webhookDelayMs: 1_000,
      webhookUrl: '',
    })
  })

  it('takes the reports of a courier with whom a secret is agreed', () => {
    const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD']
    expect(configOf({ 'courier.webhook-secret': secrets.join(',') }).courier.webhookSecrets).toEqual(secrets)
  })

  it('takes the delay in milliseconds or with its unit', () => {
    expect(configOf({ 'courier.delay-ms': '1500' }).courier.delayMs).toBe(1_500)
    expect(configOf({ 'courier.delay-ms': '2s' }).courier.delayMs).toBe(2_000)
  })

  it.each([
    ['courier.delay-ms', '-1'],
    ['courier.delay-ms', 'tomorrow'],
    ['courier.concurrency', '0'],
    ['courier.failure-rate', '1.1'],
    ['courier.silence', '0'],
    ['courier.webhook-secret', 'whsec_dG9vIHNob3J0'],
    ['courier.webhook-secret', 'a-secret-of-another-kind-of-signature'],
    ['courier.webhook-tolerance', '2h'],
    ['courier.simulated.webhooks', 'some'],
    ['courier.simulated.webhook-delay', '-1'],
  ])('refuses %s=%s by name', (key, value) => {
    expect(() => configOf({ [key]: value })).toThrow(key)
  })

  it('refuses a misspelt key and names the one that is meant', () => {
    expect(() => configOf({ 'courier.dealy-ms': '100' })).toThrow('courier.delay-ms')
  })
})
