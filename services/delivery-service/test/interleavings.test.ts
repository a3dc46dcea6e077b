import { isRejection } from '@stocker/cqrs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { CourierReport } from '../src/courier.ts'
import { COURIER_INTENTS, callInHand, keyOf } from '../src/courier-call.ts'
import type { Delivery } from '../src/delivery.ts'
import { defineDelivery } from '../src/delivery.ts'
import type { DeliveryCommands } from '../src/delivery-messages.ts'
import { DELIVERY_TRANSITIONS, MAX_ATTEMPTS } from '../src/delivery-status.ts'

const delivery = defineDelivery({ retryAfterMs: 60_000, silenceMs: 3_600_000 })
const orderId = 'o-1'
const at = '2026-03-01T12:00:00.000Z'
const shippingAddress = { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' }
const ENDS: ReadonlySet<string> = new Set(['DELIVERED', 'RETURNED', 'LOST'])

type Command = {
  [K in keyof DeliveryCommands]: { readonly type: K; readonly data: DeliveryCommands[K] }
}[keyof DeliveryCommands]

const REPORTS: readonly CourierReport[] = [
  { event: 'PICKED_UP', at },
  { event: 'DELIVERED', at, proof: { receivedBy: 'Ada', proofId: 'P-1' } },
  { event: 'ATTEMPT_FAILED', at, reason: 'ABSENT' },
  { event: 'RETURNED', at },
  { event: 'LOST', at },
]
const SCHEDULE: Command = {
  type: 'Schedule',
  data: { orderId, courier: 'Courier', trackingNumber: 'T-1', shippingAddress },
}
const EVENTS: readonly Command[] = [
  SCHEDULE,
  { type: 'Recall', data: { orderId, reason: 'CUSTOMER_REQUEST' } },
  { type: 'RequestReturn', data: { orderId, reason: 'DID_NOT_LIKE_IT' } },
]

/**
 * What may happen next: an event of another service, a report out of the blue or in reply to a request, an answer to a call that is under way, or a
 * deadline.
 */
type Step =
  | { readonly command: Command }
  | { readonly answer: readonly CourierReport[]; readonly which: number }
  | { readonly reply: readonly CourierReport[]; readonly which: number }
  | { readonly deadline: true }

const reports = fc.array(fc.constantFrom(...REPORTS), { maxLength: 2 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ command: fc.constantFrom(...EVENTS) }),
  fc.record({
    command: reports.map((said): Command => ({ type: 'Report', data: { orderId, reports: said } })),
  }),
  fc.record({ answer: reports, which: fc.nat({ max: 9 }) }),
  fc.record({ reply: reports, which: fc.nat({ max: 9 }) }),
  fc.constant({ deadline: true } as const),
)

/** A delivery, the calls to the courier that are under way, and all events so far. */
class World {
  state: Delivery = delivery.initial
  readonly calls = new Set<string>()
  readonly requests = new Set<string>()
  readonly events: string[] = []

  run({ type, data }: Command): void {
    const decided = delivery.decide[type](data as never, this.state)
    if (isRejection(decided)) return
    for (const event of decided) {
      const before = this.state.status
      this.state = delivery.evolve[event.type](this.state, event.data as never, { occurredAt: at, version: 1 })
      const { status } = this.state
      if (status !== before) expect(DELIVERY_TRANSITIONS[before]).toContain(status)
      this.events.push(event.type)
      const intent = COURIER_INTENTS[event.type as keyof typeof COURIER_INTENTS]?.(event)
      if (intent) {
        this.calls.add(intent.key)
        this.requests.add(intent.key)
      }
    }
  }

  answer(key: string, said: readonly CourierReport[]): void {
    this.calls.delete(key)
    this.run({ type: 'Report', data: { orderId, reports: said, answers: key } })
  }

  fireDeadline(): void {
    const [due] = Object.entries(delivery.deadlines?.(this.state) ?? {})
    if (due !== undefined) this.run({ type: due[0], data: due[1]?.data } as Command)
  }

  take(next: Step): void {
    if ('command' in next) this.run(next.command)
    else if ('deadline' in next) this.fireDeadline()
    else if ('reply' in next) {
      const request = [...this.requests][next.which % Math.max(1, this.requests.size)]
      if (request !== undefined) this.run({ type: 'Report', data: { orderId, reports: next.reply, request } })
    } else {
      const key = [...this.calls][next.which % Math.max(1, this.calls.size)]
      if (key !== undefined) this.answer(key, next.answer)
    }
  }

  /** The call of this state is under way, or a deadline will see to it. */
  get hasOwner(): boolean {
    const call = callInHand(this.state)
    const deadlines = Object.keys(delivery.deadlines?.(this.state) ?? {})
    return call === null || deadlines.length > 0 || this.calls.has(keyOf(call))
  }
}

it('whatever is heard, in whatever order, a parcel that is not at its end has an owner or a deadline', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const world = new World()
      for (const next of steps) {
        world.take(next)
        expect(world.hasOwner).toBe(true)
      }
    }),
    { numRuns: 1_000 },
  )
})

it('says each end once, and no more than three attempts', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const world = new World()
      for (const next of steps) world.take(next)
      const times = (type: string) => world.events.filter((event) => event === type).length
      for (const type of [
        'DeliveryScheduledEvent',
        'OrderDeliveredEvent',
        'DeliveryReturnedEvent',
        'DeliveryLostEvent',
      ])
        expect(times(type)).toBeLessThanOrEqual(1)
      expect(times('DeliveryReturnedEvent') + times('DeliveryLostEvent')).toBeLessThanOrEqual(1)
      expect(times('OrderOutForDeliveryEvent')).toBeLessThanOrEqual(MAX_ATTEMPTS)
      expect(times('DeliveryAttemptFailedEvent')).toBeLessThanOrEqual(MAX_ATTEMPTS)
    }),
    { numRuns: 1_000 },
  )
})

it('comes to an end when the courier answers and time passes, whatever happened before', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 15 }), fc.constantFrom('ABSENT', 'HOME'), (steps, customer) => {
      const world = new World()
      for (const next of steps) world.take(next)
      world.run(SCHEDULE)
      for (let turns = 0; !ENDS.has(world.state.status); turns += 1) {
        expect(turns).toBeLessThan(20)
        const call = callInHand(world.state)
        const key = call === null ? undefined : keyOf(call)
        if (key === undefined || !world.calls.has(key)) world.fireDeadline()
        else if (call?.request !== 'deliver') world.answer(key, REPORTS.slice(3, 4))
        else
          world.answer(
            key,
            customer === 'HOME' ? REPORTS.slice(0, 2) : [REPORTS[0], REPORTS[2]].flatMap((r) => r ?? []),
          )
      }
    }),
  )
})
