/**
 * Java's murmur2 (org.apache.kafka.common.utils.Utils.murmur2): every key lands in the partition where a Java producer puts it,
 * which is what keeps the order per key when producers of both kinds write to one topic.
 */
export function murmur2(data: Uint8Array): number {
  const m = 0x5bd1e995
  const length = data.length
  let h = 0x9747b28c ^ length
  const words = length & ~3
  for (let i = 0; i < words; i += 4) {
    let k =
      (data[i] as number) |
      ((data[i + 1] as number) << 8) |
      ((data[i + 2] as number) << 16) |
      ((data[i + 3] as number) << 24) |
      0
    k = Math.imul(k, m)
    k ^= k >>> 24
    k = Math.imul(k, m)
    h = Math.imul(h, m) ^ k
  }
  const rest = length & 3
  if (rest === 3) h ^= (data[words + 2] as number) << 16
  if (rest >= 2) h ^= (data[words + 1] as number) << 8
  if (rest >= 1) h = Math.imul(h ^ (data[words] as number), m)
  h ^= h >>> 13
  h = Math.imul(h, m)
  h ^= h >>> 15
  return h | 0
}

/** The partition of a key: murmur2, sign bit cleared, modulo. An empty key is a key; only null and undefined are not. */
export function partitionForKey(key: Uint8Array | string, partitions: number): number {
  return (murmur2(typeof key === 'string' ? encoded(key) : key) & 0x7fffffff) % partitions
}

const scratch = Buffer.allocUnsafe(512)
function encoded(key: string): Uint8Array {
  // Keys are short: no allocation for them. A UTF-16 unit takes three bytes at most.
  if (key.length * 3 > scratch.length) return Buffer.from(key)
  return scratch.subarray(0, scratch.write(key))
}

/**
 * Records without a key stay with one partition for `stickyBytes`, then go to the next (the idea of Java's sticky partitioner, KIP-794):
 * few large batches instead of many small ones, and an even spread over time. Starts at a random partition, so that many short-lived
 * senders do not all favour the first.
 */
export class KeylessSpread {
  readonly #stickyBytes: number
  readonly #places = new Map<string, { partition: number; left: number }>()

  constructor(stickyBytes: number) {
    this.#stickyBytes = stickyBytes
  }

  next(topic: string, bytes: number, partitions: number): number {
    let place = this.#places.get(topic)
    if (!place) {
      place = { partition: Math.floor(Math.random() * partitions), left: this.#stickyBytes }
      this.#places.set(topic, place)
    } else if (place.left <= 0) {
      place.partition++
      place.left = this.#stickyBytes
    }
    place.left -= bytes
    place.partition %= partitions
    return place.partition
  }
}
