import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadProperties } from '@stocker/properties'
import { createTokenVerifier, readTokenRules } from '@stocker/service-kit'
import { openDevelopmentIssuer } from '@stocker/service-kit/development-issuer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCtl } from '../src/ctl.ts'

let data: string
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'ctl-token-'))
})
afterAll(() => rm(data, { recursive: true }))

const ctl = async (...words: readonly string[]) => {
  const lines: string[] = []
  const code = await runCtl(['token', ...words, '--data', data], (text) => lines.push(text))
  return { code, text: lines.join('\n') }
}

test('prints a token that the services of the platform believe', async () => {
  await expect(ctl('--sub', 'ada')).rejects.toMatchObject({ code: 'NO_ISSUER' })
  const { environment } = await openDevelopmentIssuer(join(data, 'issuer'))
  const rules = readTokenRules(loadProperties({ environment }))
  if (rules === undefined) throw new Error('no rules')
  const { verify } = createTokenVerifier(rules)

  expect(await verify((await ctl('--sub', 'ada')).text)).toMatchObject({ subject: 'ada', roles: ['customer'] })
  expect(await verify((await ctl('--sub', 'sam', '--role', 'support,operator')).text)).toMatchObject({
    subject: 'sam',
    roles: ['support', 'operator'],
  })
  await expect(ctl()).rejects.toThrow('token needs --sub')
  await expect(ctl('--sub', 'sam', '--role', 'king')).rejects.toThrow('--role is "king"; expected one of customer')
})
