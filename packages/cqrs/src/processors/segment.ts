import { CqrsError } from '../errors.ts'

/**
 * A share of the events of a processor, by Axon's rule: an event with hash h belongs to it if `(mask & h) === id`. The mask is
 * 2^k − 1, so k bits of the hash are looked at; mask 0 takes everything.
 */
export interface Segment {
  readonly id: number
  readonly mask: number
}

/** Masks have at most 30 bits, so that they stay positive 32-bit numbers. */
const LARGEST_MASK = 2 ** 30 - 1

export function matches({ id, mask }: Segment, hash: number): boolean {
  return (mask & hash) === id
}

/** The two halves of a segment; the first one keeps its id. */
export function split({ id, mask }: Segment): readonly [Segment, Segment] {
  if (mask >= LARGEST_MASK) {
    throw new CqrsError('INVALID_ARGUMENT', `Segment ${id} cannot be split further: its mask ${mask} is the largest.`)
  }
  const halved = 2 * mask + 1
  return [
    { id, mask: halved },
    { id: id + mask + 1, mask: halved },
  ]
}

/** The segment that a segment came from by a split, and its other half. undefined: it is the whole. */
export function mergeOf({ id, mask }: Segment): { readonly merged: Segment; readonly sibling: Segment } | undefined {
  if (mask === 0) return undefined
  const parent = mask >>> 1
  const sibling = id ^ (mask ^ parent)
  return { merged: { id: Math.min(id, sibling), mask: parent }, sibling: { id: sibling, mask } }
}

/** So many segments, as equal as can be: the largest is split until there are enough. Ids are 0 to count − 1. */
export function initialSegments(count: number): readonly Segment[] {
  const segments: Segment[] = [{ id: 0, mask: 0 }]
  while (segments.length < count) {
    // The first one with the smallest mask, so that ids are given without gaps.
    const largest = segments.reduce((found, segment) => (segment.mask < found.mask ? segment : found))
    const [first, second] = split(largest)
    segments.splice(segments.indexOf(largest), 1, first)
    segments.push(second)
  }
  return segments
}

/**
 * FNV-1a over the UTF-16 units. Stored tokens rest on it: with another function events would fall into segments whose token is already past
 * them.
 */
export function hashOf(sequence: string): number {
  let hash = 0x811c9dc5
  for (let n = 0; n < sequence.length; n += 1) {
    hash = Math.imul(hash ^ sequence.charCodeAt(n), 0x01000193)
  }
  return hash >>> 0
}
