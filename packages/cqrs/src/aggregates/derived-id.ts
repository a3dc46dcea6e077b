import { createHash } from 'node:crypto'

/** A UUID (version 8) that follows from another one: the same id and number always give the same. */
export function derivedId(id: string, n: number): string {
  const digest = createHash('sha256').update(`${id}/${n}`).digest()
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x80
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80
  const hex = digest.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
