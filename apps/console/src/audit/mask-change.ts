import { MASK } from '../access/mask-payload.ts'
import type { Masker } from '../access/masking.ts'
import { isPlainId } from '../access/plain-texts.ts'

interface Change {
  /** JSON pointer. */
  readonly path: string
  readonly before?: unknown
  readonly after?: unknown
}

/** What an edit of a payload changed, or its bytes before and after, as somebody sees it. */
export function maskDiff(diff: object, masker: Masker): object {
  if (masker.unmasked) return diff
  if (!('changes' in diff)) return Object.fromEntries(Object.keys(diff).map((side) => [side, MASK]))
  return { changes: (diff.changes as readonly Change[]).map((change) => maskChange(change, masker)) }
}

function maskChange({ path, ...sides }: Change, masker: Masker): Change {
  const steps = path
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  const field = steps.filter((step) => !/^\d+$/.test(step)).join('.')
  const masked = Object.entries(sides).map(([side, value]) => [side, masker.field(field, value)])
  return { path: steps.every(isPlainId) ? path : MASK, ...Object.fromEntries(masked) }
}
