import { setTimeout as delay } from 'node:timers/promises'
import type { PlatformEvent } from './events.ts'
import type { Platform } from './platform.ts'
import { loadScenario } from './scenario.ts'
import { tellStory } from './story.ts'

/** The follower reads the logs in turns: the order's steps are on the screen before the sentence that sums them up. */
const STEPS_SHOWN_AFTER_MS = 300

/** Places one order and follows it to its end. The steps show by themselves: the platform's log follower reports them. */
export async function placeDemoOrder(platform: Platform): Promise<PlatformEvent> {
  const end = await tellStory(await loadScenario('happy-path'), {
    url: (service) => platform.url(service),
    token: (claims) => platform.token(claims),
    services: [],
    timeoutMs: 30_000,
    onLine: () => {},
  })
  await delay(STEPS_SHOWN_AFTER_MS)
  const orderId = end.ids[0] ?? ''
  const delivered = end.failure === undefined
  const reason = end.failure instanceof Error ? end.failure.message : String(end.failure)
  const message = delivered
    ? `order ${orderId} delivered ${end.ms} ms after its POST; npm run demo places another one`
    : `the demo order${orderId === '' ? '' : ` ${orderId}`} was not delivered: ${reason}`
  return { event: 'demo', orderId, delivered, ms: end.ms, message }
}
