import type { Publisher, PublisherState } from '@stocker/cqrs'
import { expect, test } from 'vitest'
import { stopPublisher } from '../src/messaging/stop-publisher.ts'

/** A publisher that gets one event out at each look; `left` are still to go. */
function publisherWith(left: number, state: PublisherState = 'leading', progress = 1) {
  const seen = { left, stoppedWith: -1 }
  const publisher: Publisher = {
    start: () => {},
    stop: async () => {
      seen.stoppedWith = seen.left
    },
    lag: async () => {
      seen.left = Math.max(0, seen.left - progress)
      return { events: seen.left, oldestSeconds: 0 }
    },
    state,
    lastError: undefined,
  }
  return { publisher, seen }
}

test('what is committed goes out before the publisher stops', async () => {
  const { publisher, seen } = publisherWith(5)

  await stopPublisher(publisher)

  expect(seen.stoppedWith).toBe(0)
})

test('a publisher that makes no progress is stopped all the same: the next start publishes the rest', async () => {
  const { publisher, seen } = publisherWith(5, 'leading', 0)

  await stopPublisher(publisher, 100)

  expect(seen.stoppedWith).toBe(5)
})

test('one that does not lead has nothing to get out', async () => {
  const { publisher, seen } = publisherWith(5, 'standby')

  await stopPublisher(publisher)

  expect(seen.stoppedWith).toBe(5)
})

test('a database that is away does not hold the stop up', async () => {
  const { publisher, seen } = publisherWith(5)

  await stopPublisher({
    ...publisher,
    lag: () => Promise.reject(new Error('away')),
  })

  expect(seen.stoppedWith).toBe(5)
})
