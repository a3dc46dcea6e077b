import { fixture } from '@stocker/cqrs/testing'
import { describe, it } from 'vitest'
import type { CourierReport } from '../src/courier.ts'
import type { CourierCall } from '../src/courier-call.ts'
import { defineDelivery } from '../src/delivery.ts'

const delivery = defineDelivery({ retryAfterMs: 60_000, silenceMs: 3_600_000 })
const orderId = 'o-1'
const deliveryId = 'delivery-o-1'
const ids = { orderId, deliveryId }
const at = '2026-03-01T12:00:00.000Z'
const nextAttemptAt = '2026-03-01T12:01:00.000Z'
const shippingAddress = { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' }
const parcel = { orderId, courier: 'Courier', trackingNumber: 'T-1', shippingAddress }
const call = (request: CourierCall['request'], attempt = 1): CourierCall => ({
  request,
  ...ids,
  trackingNumber: 'T-1',
  address: shippingAddress,
  attempt,
})

const schedule = { type: 'Schedule', data: parcel } as const
const recall = { type: 'Recall', data: { orderId, reason: 'CUSTOMER_REQUEST' } } as const
const sendBack = { type: 'RequestReturn', data: { orderId, reason: 'DID_NOT_LIKE_IT' } } as const
const requestAttempt = { type: 'RequestAttempt', data: { orderId } } as const
const askCourier = { type: 'AskCourier', data: { orderId } } as const
const report = (...reports: readonly CourierReport[]) => ({ type: 'Report', data: { orderId, reports } }) as const
const answer = (answers: string, ...reports: readonly CourierReport[]) =>
  ({ type: 'Report', data: { orderId, reports, answers } }) as const
const replying = (request: string, ...reports: readonly CourierReport[]) =>
  ({ type: 'Report', data: { orderId, reports, request } }) as const

const PICKED_UP = { event: 'PICKED_UP', at } as const
const handedOver = (proofId = 'P-1') => ({ event: 'DELIVERED', at, proof: { receivedBy: 'Ada', proofId } }) as const
const ABSENT = { event: 'ATTEMPT_FAILED', at, reason: 'ABSENT' } as const
const BACK = { event: 'RETURNED', at } as const
const GONE = { event: 'LOST', at } as const

const scheduled = { type: 'DeliveryScheduledEvent', data: { ...parcel, deliveryId } } as const
const out = (attempt = 1) => ({ type: 'OrderOutForDeliveryEvent', data: { ...ids, attempt } }) as const
const delivered = {
  type: 'OrderDeliveredEvent',
  data: { ...ids, deliveredAt: at, proof: { receivedBy: 'Ada', proofId: 'P-1' } },
} as const
const failed = (attempt: number, again: { nextAttemptAt?: string } = { nextAttemptAt }) =>
  ({ type: 'DeliveryAttemptFailedEvent', data: { ...ids, attempt, reason: 'ABSENT', ...again } }) as const
const requested = (attempt: number) =>
  ({ type: 'AttemptRequested', data: { orderId, call: call('deliver', attempt) } }) as const
const noted = { type: 'CancellationNoted', data: { orderId, reason: 'CUSTOMER_REQUEST' } } as const
const goesBack = (reason: string, request: CourierCall['request'] = 'bringBack') =>
  ({ type: 'ReturnStarted', data: { orderId, reason, call: call(request) } }) as const
const returned = (reason: string) =>
  ({ type: 'DeliveryReturnedEvent', data: { ...ids, reason, returnedAt: at } }) as const
const lost = { type: 'DeliveryLostEvent', data: { ...ids, reason: 'LOST_BY_COURIER' } } as const
const answered = { type: 'CourierAnswered', data: { orderId } } as const

const delivering = fixture(delivery).at(at)

describe('a parcel', () => {
  it('is scheduled once, when its order is dispatched', () => {
    delivering.given().when(schedule).expectEvents([scheduled]).andThen().when(schedule).expectNothing()
    delivering.given(scheduled, out(), delivered).when(schedule).expectNothing()
  })

  it('is picked up and handed over in one answer of the courier', () => {
    delivering
      .given(scheduled)
      .when(answer(deliveryId, PICKED_UP, handedOver()))
      .expectEvents([out(), delivered])
  })

  it('that is handed over was out for delivery, even if the report of that got lost', () => {
    delivering.given(scheduled).when(report(handedOver())).expectEvents([out(), delivered])
  })

  it('is handed over once, with one proof', () => {
    const done = delivering.given(scheduled, out(), delivered)
    done.when(report(handedOver())).expectNothing()
    done.when(report(handedOver('P-2'))).expectRejection('ALREADY_DELIVERED', { orderId, proofId: 'P-1' })
  })

  it('is unknown before its order is dispatched, and under another number', () => {
    delivering.given().when(report(PICKED_UP)).expectRejection('DELIVERY_NOT_FOUND', { orderId })
    delivering
      .given(scheduled)
      .when({ type: 'Report', data: { orderId, reports: [PICKED_UP], trackingNumber: 'T-2' } })
      .expectRejection('UNKNOWN_PARCEL', { orderId, trackingNumber: 'T-2' })
  })

  it('goes the way of a parcel: a report that cannot be is refused, and nothing of what was said with it counts', () => {
    delivering
      .given(scheduled)
      .when(report(BACK))
      .expectRejection('REPORT_OUT_OF_PLACE', { orderId, deliveryStatus: 'SCHEDULED', event: 'RETURNED' })
    delivering.given(scheduled).when(report(PICKED_UP, BACK)).expectRejection('REPORT_OUT_OF_PLACE')
    delivering.given(scheduled, out(), delivered).when(report(GONE)).expectRejection('REPORT_OUT_OF_PLACE')
  })

  it('may be lost at any time before it arrives, and that is its end', () => {
    for (const before of [[scheduled], [scheduled, out()], [scheduled, out(), failed(1)]])
      delivering
        .given(...before)
        .when(report(GONE))
        .expectEvents([lost])
        .andThen()
        .when(report(GONE))
        .expectNothing()
    delivering.given(scheduled, lost).when(report(handedOver())).expectRejection('REPORT_OUT_OF_PLACE')
  })
})

describe('an attempt that fails', () => {
  it('is made again after a while', () => {
    delivering
      .given(scheduled)
      .when(answer(deliveryId, PICKED_UP, ABSENT))
      .expectEvents([out(), failed(1)])
      .andThen()
      .when(requestAttempt)
      .expectEvents([requested(2)])
      .andThen()
      .when(answer(`${deliveryId}-attempt-2`, PICKED_UP, handedOver()))
      .expectEvents([out(2), delivered])
  })

  it('is the last one when it is the third: the parcel goes back', () => {
    delivering
      .given(scheduled, out(), failed(1), requested(2), out(2), failed(2), requested(3), out(3))
      .when(report(ABSENT))
      .expectEvents([failed(3, {}), goesBack('THREE_ATTEMPTS_FAILED')])
      .andThen()
      .when(report(BACK))
      .expectEvents([returned('THREE_ATTEMPTS_FAILED')])
  })

  it('counts once: neither the answer to the attempt before nor a second report of it makes another one', () => {
    const once = delivering.given(scheduled, out(), failed(1))
    once.when(answer(deliveryId, PICKED_UP, ABSENT)).expectNothing()
    once.when(report(ABSENT)).expectRejection('REPORT_OUT_OF_PLACE')
  })

  it('counts once when the courier reports it in reply to the request and answers it as well, whichever comes first', () => {
    const second = delivering.given(scheduled, out(), failed(1), out(2))
    second.when(replying(deliveryId, ABSENT)).expectNothing()
    second.when(replying(deliveryId, PICKED_UP)).expectNothing()
    second.when(replying(`${deliveryId}-attempt-2`, ABSENT)).expectEvents([failed(2)])
    delivering.given(scheduled, out(), failed(1)).when(replying(deliveryId, PICKED_UP)).expectNothing()
    delivering.given(scheduled).when(replying(deliveryId, PICKED_UP)).expectEvents([out()])
    delivering.given(scheduled, out()).when(replying(deliveryId, PICKED_UP)).expectNothing()
    delivering.given(scheduled, out()).when(replying(deliveryId, handedOver())).expectEvents([delivered])
    delivering.given(scheduled, out(), delivered).when(replying(deliveryId, handedOver())).expectNothing()
  })

  it('is refused in reply to a request that nobody made, or that it cannot be the outcome of', () => {
    delivering.given(scheduled).when(replying('delivery-o-12', ABSENT)).expectRejection('UNKNOWN_REQUEST')
    delivering.given(scheduled).when(replying(deliveryId, BACK)).expectRejection('REPORT_OUT_OF_PLACE')
  })

  it('is not made again when its time comes after the parcel has moved on', () => {
    delivering.given(scheduled, out(), failed(1), requested(2)).when(requestAttempt).expectNothing()
    delivering.given(scheduled, out(), failed(1), out(2), delivered).when(requestAttempt).expectNothing()
  })
})

describe('the parcel of a cancelled order', () => {
  it('comes back when it is not on its way yet', () => {
    for (const before of [[scheduled], [scheduled, out(), failed(1)], [scheduled, out(), failed(1), requested(2)]])
      delivering
        .given(...before)
        .when(recall)
        .expectEvents([goesBack('ORDER_CANCELLED')])
        .andThen()
        .when(recall)
        .expectNothing()
  })

  it('that was cancelled before it was here is recalled as soon as it is, and no courier is asked to deliver it', () => {
    delivering
      .given()
      .when(recall)
      .expectEvents([noted])
      .andThen()
      .when(schedule)
      .expectEvents([
        { type: 'DeliveryScheduledEvent', data: { ...parcel, deliveryId, recalled: true } },
        goesBack('ORDER_CANCELLED'),
      ])
      .andThen()
      .when(answer(`${deliveryId}-bringBack`, BACK))
      .expectEvents([returned('ORDER_CANCELLED')])
  })

  it('that is on its way goes on, but is not brought another time', () => {
    const late = delivering.given(scheduled, out()).when(recall).expectEvents([noted]).andThen()
    late.when(recall).expectNothing()
    late.when(report(handedOver())).expectEvents([delivered])
    late.when(report(ABSENT)).expectEvents([failed(1, {}), goesBack('ORDER_CANCELLED')])
  })

  it('stays where it is when it has arrived, is lost, or is on its way back', () => {
    for (const end of [[out(), delivered], [lost], [goesBack('ORDER_CANCELLED'), returned('ORDER_CANCELLED')]])
      delivering
        .given(scheduled, ...end)
        .when(recall)
        .expectNothing()
  })

  it('is not delivered by the answer to a call that came before the cancellation', () => {
    delivering
      .given(scheduled, goesBack('ORDER_CANCELLED'))
      .when(answer(deliveryId, PICKED_UP, handedOver()))
      .expectNothing()
  })

  it('that reached the customer after all is delivered, and a lost one is lost, also where the report names the first request', () => {
    const turnedRound = delivering.given(scheduled, goesBack('ORDER_CANCELLED'))
    turnedRound.when(replying(deliveryId, handedOver())).expectEvents([delivered])
    turnedRound.when(replying(deliveryId, { event: 'LOST', at })).expectEvents([lost])
    turnedRound
      .when(report(handedOver()))
      .expectEvents([delivered])
      .andThen()
      .when(answer(`${deliveryId}-bringBack`, BACK))
      .expectNothing()
  })
})

describe('a delivered parcel', () => {
  const done = delivering.given(scheduled, out(), delivered)

  it('is fetched when its customer sends it back', () => {
    done
      .when(sendBack)
      .expectEvents([goesBack('DID_NOT_LIKE_IT', 'fetch')])
      .andThen()
      .when(sendBack)
      .expectNothing()
      .andThen()
      .when(answer(`${deliveryId}-fetch`, BACK))
      .expectEvents([returned('DID_NOT_LIKE_IT')])
      .andThen()
      .when(report(BACK))
      .expectNothing()
  })

  it('may be lost on its way back', () => {
    done.given(goesBack('DID_NOT_LIKE_IT', 'fetch')).when(report(GONE)).expectEvents([lost])
  })
})

describe('a courier who owes a report', () => {
  it('takes a request on, and is asked again, with the same key, when nothing is heard', () => {
    delivering
      .given(scheduled)
      .when(answer(deliveryId))
      .expectEvents([answered])
      .andThen()
      .when(askCourier)
      .expectEvents([{ type: 'CourierAsked', data: { orderId, call: call('deliver') } }])
      .andThen()
      .when(askCourier)
      .expectNothing()
  })

  it('is asked for the return that never came', () => {
    delivering
      .given(scheduled, goesBack('ORDER_CANCELLED'), answered)
      .when(askCourier)
      .expectEvents([{ type: 'CourierAsked', data: { orderId, call: call('bringBack') } }])
  })

  it('who answers what is known already, or cannot be, will be asked again', () => {
    const asked = { type: 'CourierAsked', data: { orderId, call: call('deliver') } } as const
    const onItsWay = delivering.given(scheduled, out(), asked)
    onItsWay.when(answer(deliveryId, PICKED_UP)).expectEvents([answered])
    onItsWay
      .when(answer(deliveryId, BACK))
      .expectEvents([{ type: 'CourierAnswered', data: { orderId, refused: 'REPORT_OUT_OF_PLACE' } }])
  })

  it('owes nothing once the parcel has arrived', () => {
    delivering.given(scheduled, out(), delivered).when(askCourier).expectNothing()
  })
})
