import { describe, expect, it } from 'vitest'
import { draftsOf } from '../../src/timeline/build-timeline.ts'
import { eventsById } from '../../src/timeline/case-trail.ts'
import { usualTimes } from '../../src/timeline/compare-times.ts'
import { shownSteps } from '../../src/timeline/timeline.ts'
import { usualText } from '../../src/timeline/timeline-text.ts'
import { caseStory, reservedOrder } from './case-story.ts'

/** Orders whose creation dispatch has handled after these times, from stored to written. */
function orders(times: readonly number[]) {
  const story = caseStory()
  for (const ms of times) {
    const [created = ''] = story.events('order', 0, null, ['OrderCreatedEvent'])
    story.handled('dispatch', created, [1, 2, ms])
  }
  const trails = story.trails()
  const events = eventsById(trails)
  return usualTimes(
    trails.flatMap((trail) => draftsOf(trail, events, () => '')),
    events,
  )
}

describe('how long a step usually takes', () => {
  it('is the median of the same step: the same type of event at the same service', () => {
    expect([...orders([10, 900, 30, 20, 40])]).toEqual([['dispatch-service message OrderCreatedEvent', 30]])
  })

  it('is not told of too few', () => {
    expect([...orders([10, 20, 30, 40])]).toEqual([])
  })

  it('is told of the answers to calls, too: from the call to the answer', () => {
    const story = caseStory()
    for (const ms of [10, 20, 30, 40, 50]) {
      const [asked = ''] = story.events('payment', 0, 'a command', ['PaymentRequested'])
      story.events('payment', ms, asked, ['PaymentProcessedEvent'])
    }
    const trails = story.trails()
    const events = eventsById(trails)
    const drafts = trails.flatMap((trail) => draftsOf(trail, events, () => ''))
    expect(usualTimes(drafts, events).get('payment-service answer PaymentProcessedEvent')).toBe(30)
  })
})

describe('a step', () => {
  const handledIn = (usual: number) =>
    shownSteps(reservedOrder().story.timeline(100, { usualMs: () => usual })).find(
      ({ service }) => service === 'dispatch-service',
    )

  it('says how long it took and how long is usual', () => {
    const step = handledIn(12)
    expect(step).toMatchObject({ tookMs: 14, usualMs: 12, slow: false })
    expect(step && usualText(step)).toBe('usually 12 ms')
  })

  it('is marked when it took at least three times as long as usual and 100 ms longer, and not for one of both', () => {
    const step = { tookMs: 14, usualMs: 1, slow: false }
    expect(handledIn(1)).toMatchObject(step)
    const { story, created } = slowOrder(150)
    const of = (usualMs: number) =>
      shownSteps(story.timeline(1_000, { usualMs: () => usualMs })).find(({ cause }) => cause?.eventId === created)
    expect(of(50)).toMatchObject({ tookMs: 150, usualMs: 50, slow: true })
    expect(of(51)).toMatchObject({ slow: false })
    const slow = of(50)
    expect(slow && usualText(slow)).toBe('took 150 ms, far longer than usual (50 ms)')
  })

  it('that is not done, or whose time is not known, is compared with nothing', () => {
    const [command] = shownSteps(reservedOrder().story.timeline(100, { usualMs: () => 5 }))
    expect(command).toMatchObject({ kind: 'command', tookMs: null, usualMs: null, slow: false })
  })
})

function slowOrder(ms: number) {
  const story = caseStory()
  const [created = ''] = story.events('order', 0, null, ['OrderCreatedEvent'])
  story.handled('dispatch', created, [10, 20, ms])
  return { story, created }
}
