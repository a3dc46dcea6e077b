import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadProperties } from '@stocker/properties'
import { afterEach, describe, expect, test } from 'vitest'
import { openDevelopmentIssuer, readDevelopmentIssuer } from '../../src/development-issuer/development-issuer.ts'
import { readTokenRules } from '../../src/security/security-config.ts'
import { createTokenVerifier } from '../../src/security/token-verifier.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function newDirectory(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'issuer-'))
  closing.push(() => rm(folder, { recursive: true }))
  return join(folder, 'issuer')
}

/** As a service does that is started with this environment. */
function verifierWith(environment: Readonly<Record<string, string>>) {
  const rules = readTokenRules(loadProperties({ environment }))
  if (rules === undefined) throw new Error('no issuer is configured')
  return createTokenVerifier(rules)
}

describe('the development issuer', () => {
  test('issues tokens that a service with its environment believes', async () => {
    const issuer = await openDevelopmentIssuer(await newDirectory())
    const { verify } = verifierWith(issuer.environment)

    expect(await verify(await issuer.token({ subject: 'ada' }))).toMatchObject({ subject: 'ada', roles: ['customer'] })
    expect(await verify(await issuer.token({ subject: 'sam', roles: ['support'] }))).toMatchObject({
      subject: 'sam',
      roles: ['support'],
    })
    await expect(verify(await issuer.token({ subject: 'ada', lifetimeMs: -120_000 }))).rejects.toThrow('it is expired')
  })

  test('keeps its key, which nobody else may read', async () => {
    const directory = await newDirectory()
    const { environment } = await openDevelopmentIssuer(directory)
    const again = await openDevelopmentIssuer(directory)

    expect(again.environment).toEqual(environment)
    expect(await verifierWith(environment).verify(await again.token({ subject: 'ada' }))).toMatchObject({
      subject: 'ada',
    })
    expect((await stat(join(directory, 'private-key.json'))).mode & 0o777).toBe(0o600)
  })

  test('of one directory is not believed by the services of another', async () => {
    const [here, there] = await Promise.all(
      [newDirectory(), newDirectory()].map(async (at) => openDevelopmentIssuer(await at)),
    )
    await expect(
      verifierWith(here?.environment ?? {}).verify((await there?.token({ subject: 'ada' })) ?? ''),
    ).rejects.toMatchObject({ code: 'INVALID_TOKEN' })
  })

  test('is only read where it is: who has no key makes none', async () => {
    const directory = await newDirectory()
    expect(await readDevelopmentIssuer(directory)).toBeUndefined()
    await expect(stat(directory)).rejects.toThrow('ENOENT')
    await openDevelopmentIssuer(directory)
    expect(await readDevelopmentIssuer(directory)).toBeDefined()
  })
})
