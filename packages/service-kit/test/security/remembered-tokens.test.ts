import { expect, test } from 'vitest'
import { rememberTokens } from '../../src/security/remembered-tokens.ts'

const principal = (subject: string, expiresAt = 1_000) => ({ subject, roles: [], expiresAt })

test('what is used stays, what is not goes, and there are never more than twice the size', () => {
  const tokens = rememberTokens({ size: 2, maxAgeMs: 10_000 })
  const seen = (): string[] => ['a', 'b', 'c', 'd', 'e'].filter((token) => tokens.get(token, 0) !== undefined)
  for (const token of ['a', 'b', 'c']) tokens.set(token, principal(token), 0)
  expect(tokens.get('a', 0)).toEqual(principal('a'))
  tokens.set('d', principal('d'), 0)
  expect(seen()).toEqual(['a', 'c', 'd'])
})

test('nothing is given after its time', () => {
  const tokens = rememberTokens({ size: 1, maxAgeMs: 500 })
  tokens.set('short', principal('ada', 100), 0)
  tokens.set('long', principal('bob', 1_000), 0)
  expect([tokens.get('short', 99), tokens.get('long', 499)]).toEqual([principal('ada', 100), principal('bob', 1_000)])
  expect([tokens.get('short', 100), tokens.get('long', 500)]).toEqual([undefined, undefined])
})
