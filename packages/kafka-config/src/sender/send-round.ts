import { NO_LEADER } from '../client/cluster.ts'
import type { ProducerSettings } from '../config/settings.ts'
import type { PartitionQueue } from './partition-queue.ts'
import { BATCH_HEADER_BYTES } from './record-batch-writer.ts'

/**
 * The next request to each leader: one batch of each partition that has one ready, the longest unserved first. Who is served goes to the end of
 * `active`. Partitions without a leader are told to `leaderless`, and wait.
 */
export function nextRound(
  active: Set<PartitionQueue>,
  leaderOf: (queue: PartitionQueue) => number,
  leaderless: (queue: PartitionQueue) => void,
  { maxRequestSizeBytes, batchSizeBytes, compressionType }: ProducerSettings,
): ReadonlyMap<number, readonly PartitionQueue[]> {
  const now = Date.now()
  const requests = new Map<number, PartitionQueue[]>()
  const bytes = new Map<number, number>()
  for (const queue of [...active]) {
    const leader = leaderOf(queue)
    if (leader === NO_LEADER) {
      leaderless(queue)
      continue
    }
    if (queue.batch && queue.batch.notBefore > now) continue
    const queues = requests.get(leader)
    const taken = bytes.get(leader) ?? 0
    const room = maxRequestSizeBytes - taken
    const nextBytes = queue.batch?.bytes.length ?? (queue.waiting[0]?.bytes ?? 0) + BATCH_HEADER_BYTES
    if (queues && nextBytes > room) continue
    const batch = queue.batch ?? queue.build(Math.min(room, batchSizeBytes), compressionType, now)
    bytes.set(leader, taken + batch.bytes.length)
    if (queues) queues.push(queue)
    else requests.set(leader, [queue])
    // Served: to the end of the line.
    active.delete(queue)
    active.add(queue)
  }
  return requests
}
