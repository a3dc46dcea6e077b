import { setTimeout as sleep } from 'node:timers/promises'
import type { Publisher } from '@stocker/cqrs'

const POLL_MS = 20

/** Lets what is committed go out before the publisher stops. What does not within the limit is published by the next start. */
export async function stopPublisher(publisher: Publisher, limitMs = 3_000): Promise<void> {
  const until = performance.now() + limitMs
  while (publisher.state === 'leading' && performance.now() < until) {
    const { events } = await publisher.lag().catch(() => ({ events: 0 }))
    if (events === 0) break
    await sleep(POLL_MS)
  }
  await publisher.stop()
}
