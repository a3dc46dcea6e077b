import { expect, it } from 'vitest'
import { callEffects } from '../../src/timeline/call-effects.ts'
import { eventsById } from '../../src/timeline/case-trail.ts'
import { effectText } from '../../src/timeline/effect-text.ts'
import { unitsOf } from '../../src/timeline/units-of-work.ts'
import { at, ORDER, reservedOrder } from './case-story.ts'

const told = (story: ReturnType<typeof reservedOrder>['story']) => {
  const trails = story.trails()
  const events = eventsById(trails)
  return trails.flatMap((trail) => callEffects(trail, unitsOf(trail, events)))
}

it('a step says which call it asked for, of whom, and when it is due', () => {
  const { story, created } = reservedOrder()
  story.call('payment', { attempts: 2, dueAt: at(6_000) })

  const effects = told(story)

  expect(effects).toEqual([
    [
      `payment-service/${created}`,
      {
        kind: 'call',
        target: 'payment-gateway',
        key: `authorize-${ORDER}`,
        verb: 'insert',
        changes: [{ field: 'due', before: null, after: at(6_000) }],
      },
    ],
  ])
  expect(effects.map(([, effect]) => effectText(effect, ORDER))).toEqual([
    `call to payment-gateway: authorize-${ORDER} asked for`,
  ])
})

it('the step that stored its answer says so, once, and may ask for the next call', () => {
  const { story, requested } = reservedOrder()
  const [processed = ''] = story.events('payment', 60, requested, ['PaymentProcessedEvent', 'PaymentCaptureRequested'])
  story.events('payment', 90, requested, ['PaymentCapturedEvent'])

  const effects = told(story).filter(([step]) => step === `payment-service/${processed}`)

  expect(effects.map(([, { key, verb }]) => [key, verb])).toEqual([
    [`authorize-${ORDER}`, 'delete'],
    [`capture-${ORDER}`, 'insert'],
  ])
  expect(told(story).filter(([, { verb }]) => verb === 'delete')).toHaveLength(1)
})
