/** Offsets that were handled, from `from` up to but not with `to`. */
export interface OffsetRange {
  readonly from: bigint
  readonly to: bigint
}

/** What a broker takes by default (offset.metadata.max.bytes). */
const MAX_METADATA_BYTES = 4096
/** Says whose text it is: metadata of another program means nothing here. */
const PREFIX = 'handled:1:'
const MAX_PACKED_BYTES = Math.floor((MAX_METADATA_BYTES - PREFIX.length) / 4) * 3
const VARINT_BITS = 7
const CONTINUES = 0x80

/**
 * The ranges as metadata of a commit of `committed`, ascending and all above it: for each the distance from the end of the one before and its length, as
 * varints in base64. What does not fit into 4096 bytes is left out at the end: those offsets count as not handled.
 */
export function encodeHandledRanges(committed: bigint, ranges: Iterable<OffsetRange>): string {
  const bytes: number[] = []
  let before = committed
  for (const { from, to } of ranges) {
    const length = bytes.length
    pushVarint(bytes, Number(from - before))
    pushVarint(bytes, Number(to - from))
    if (bytes.length > MAX_PACKED_BYTES) {
      bytes.length = length
      break
    }
    before = to
  }
  return bytes.length === 0 ? '' : PREFIX + Buffer.from(bytes).toString('base64')
}

/** Of metadata that is not of this form: none. Handling a record again is always safer than passing over it. */
export function decodeHandledRanges(committed: bigint, metadata: string | undefined): OffsetRange[] {
  if (!metadata?.startsWith(PREFIX)) return []
  const numbers = readVarints(Buffer.from(metadata.slice(PREFIX.length), 'base64'))
  if (numbers === undefined || numbers.length % 2 !== 0) return []
  const ranges: OffsetRange[] = []
  let before = committed
  for (let i = 0; i < numbers.length; i += 2) {
    const from = before + BigInt(numbers[i] as number)
    before = from + BigInt(numbers[i + 1] as number)
    ranges.push({ from, to: before })
  }
  return ranges
}

function pushVarint(into: number[], value: number): void {
  let rest = value
  while (rest >= CONTINUES) {
    into.push((rest % CONTINUES) + CONTINUES)
    rest = Math.floor(rest / CONTINUES)
  }
  into.push(rest)
}

/** undefined: cut off in the middle of a number, or a number beyond what is exact. */
function readVarints(bytes: Buffer): number[] | undefined {
  const numbers: number[] = []
  let value = 0
  let scale = 1
  for (const byte of bytes) {
    value += (byte % CONTINUES) * scale
    if (!Number.isSafeInteger(value)) return undefined
    if (byte >= CONTINUES) scale *= 2 ** VARINT_BITS
    else {
      numbers.push(value)
      value = 0
      scale = 1
    }
  }
  return scale === 1 ? numbers : undefined
}
