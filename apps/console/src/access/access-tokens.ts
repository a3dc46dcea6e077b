import { createHash, timingSafeEqual } from 'node:crypto'
import type { AccessConfig } from './access-settings.ts'
import type { Role } from './roles.ts'
import { mayActAs } from './roles.ts'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/**
 * The role that a token gives; the highest, if two roles have the same one. Digests are compared, all of them and in constant time: how long it takes says
 * nothing about the tokens.
 */
export function createRoleOfToken(tokens: AccessConfig['tokens']): (token: string) => Role | undefined {
  const known = tokens.map(({ role, token }) => ({ role, digest: digest(token) }))
  return (token) => {
    const given = digest(token)
    let found: Role | undefined
    for (const each of known) {
      const same = timingSafeEqual(each.digest, given)
      if (same && (found === undefined || mayActAs(each.role, found))) found = each.role
    }
    return found
  }
}
