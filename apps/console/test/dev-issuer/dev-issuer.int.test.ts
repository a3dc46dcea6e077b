import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadProperties } from '@stocker/properties'
import { createTokenVerifier, readTokenRules } from '@stocker/service-kit'
import type { DevelopmentIssuer } from '@stocker/service-kit/development-issuer'
import { openDevelopmentIssuer } from '@stocker/service-kit/development-issuer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readDevIssuerConfig } from '../../src/dev-issuer/dev-issuer-settings.ts'
import type { TestConsole } from '../start-console.ts'
import { startConsole } from '../start-console.ts'

let folder: string
let issuer: DevelopmentIssuer
let running: TestConsole
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dev-issuer-'))
  issuer = await openDevelopmentIssuer(folder)
  running = await startConsole({ 'console.dev-issuer.enabled': 'true', 'console.dev-issuer.directory': folder })
})
afterAll(async () => {
  await running?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** Whom the services take the bearer of a token for. */
async function principalOf(token: string) {
  const rules = readTokenRules(loadProperties({ environment: issuer.environment }))
  if (rules === undefined) throw new Error('no rules')
  const { subject, roles } = await createTokenVerifier(rules).verify(token.trim())
  return { subject, roles }
}

describe('/dev/token', () => {
  test('gives whoever asks on this machine the token of a customer', async () => {
    const answer = await fetch(`${running.url}/dev/token?sub=ada`)
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
      200,
      'text/plain; charset=utf-8',
      'no-store',
    ])
    expect(await principalOf(await answer.text())).toEqual({ subject: 'ada', roles: ['customer'] })
  })

  test('gives nobody a token of staff who is not logged in', async () => {
    for (const role of ['support', 'operator', 'developer', 'service']) {
      const answer = await fetch(`${running.url}/dev/token?sub=sam&role=${role}`)
      expect([role, answer.status, (await answer.json()).code]).toEqual([role, 401, 'LOGIN_NEEDED'])
    }
  })

  test('gives who is logged in tokens up to their own role', async () => {
    const statuses = async (role: 'viewer' | 'support' | 'operator' | 'developer') => {
      const asked = ['support', 'operator', 'developer', 'service']
      return Promise.all(asked.map(async (each) => (await running.ask(role, `/dev/token?sub=sam&role=${each}`)).status))
    }
    expect({
      viewer: await statuses('viewer'),
      support: await statuses('support'),
      operator: await statuses('operator'),
      developer: await statuses('developer'),
    }).toEqual({
      viewer: [403, 403, 403, 403],
      support: [200, 403, 403, 403],
      operator: [200, 200, 403, 403],
      developer: [200, 200, 200, 200],
    })
    const token = await (await running.ask('operator', '/dev/token?sub=olga&role=operator')).text()
    expect(await principalOf(token)).toEqual({ subject: 'olga', roles: ['operator'] })
  })

  test('is not there for another host’s name, by which a foreign page could reach it', async () => {
    const answer = await running.service.app.inject({ url: '/dev/token?sub=ada', headers: { host: 'evil.example' } })
    expect(answer.statusCode).toBe(421)
  })

  test('is not there for another machine', async () => {
    const answer = await running.service.app.inject({
      url: '/dev/token?sub=ada',
      remoteAddress: '192.168.1.7',
      headers: { host: 'localhost' },
    })
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'NOT_ON_THIS_MACHINE'])
  })

  test('wants to know for whom', async () => {
    expect((await fetch(`${running.url}/dev/token`)).status).toBe(400)
    expect((await fetch(`${running.url}/dev/token?sub=ada&role=king`)).status).toBe(400)
  })
})

test('tokens are given out only where that is switched on, and a key is named', async () => {
  expect(readDevIssuerConfig(loadProperties({ environment: {} }))).toEqual({ directory: undefined })
  expect(() => readDevIssuerConfig(loadProperties({ values: { 'console.dev-issuer.enabled': 'true' } }))).toThrow(
    'console.dev-issuer.directory is not set, but console.dev-issuer.enabled is true',
  )
  await using off = await startConsole()
  expect((await off.ask('developer', '/dev/token?sub=ada')).status).toBe(404)
})
