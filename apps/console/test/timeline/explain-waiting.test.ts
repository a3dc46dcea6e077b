import { describe, expect, it } from 'vitest'
import { explainWaiting } from '../../src/timeline/waiting/explain-waiting.ts'
import type { PlatformHealth, ServiceHealth } from '../../src/timeline/waiting/platform-health.ts'
import { UNKNOWN_HEALTH } from '../../src/timeline/waiting/platform-health.ts'
import { at, createdOrder, ORDER, reservedOrder } from './case-story.ts'

const WELL: ServiceHealth = { answers: true, down: {}, consumerGroup: 'g', lock: null, openTransaction: null }

const health = (service: string, differs: Partial<ServiceHealth>): PlatformHealth => ({
  ...UNKNOWN_HEALTH,
  services: { [service]: { ...WELL, consumerGroup: service.replace('-service', '-group'), ...differs } },
})

const said = (waiting: { readonly code: string; readonly level: string; readonly sentence: string }) =>
  `${waiting.code} ${waiting.level}: ${waiting.sentence}`

/** Dispatch has reserved; payment-service has not handled the order's creation. */
const unpaid = () => {
  const { story, created } = createdOrder()
  story.handled('dispatch', created, [6, 9, 14])
  story.events('dispatch', 12, created, ['StockReservedEvent'])
  return { story, created }
}

describe('what an order waits for', () => {
  it('is the service that is down', () => {
    const { story } = unpaid()

    expect(said(explainWaiting(story.timeline(65_000), health('payment-service', { answers: false })))).toBe(
      'SERVICE_DOWN stuck: payment-service has not handled OrderCreatedEvent since 12:00:00 UTC (1 min 5 s): the service does not answer.',
    )
  })

  it('is the listener that is stopped', () => {
    const { story } = unpaid()

    const waiting = explainWaiting(
      story.timeline(65_000),
      health('payment-service', { down: { 'kafka-consumer': 'stopped' } }),
    )

    expect(said(waiting)).toBe(
      'LISTENER_STOPPED stuck: payment-service has not handled OrderCreatedEvent since 12:00:00 UTC (1 min 5 s): its listener does not work (stopped).',
    )
  })

  it('is the listener that somebody has stopped, with when that was', () => {
    const { story } = unpaid()

    const { sentence } = explainWaiting(story.timeline(65_000), {
      ...health('payment-service', {}),
      groups: { 'payment-group': { members: 0, lag: 1, stoppedSince: at(5_000), detail: '' } },
    })

    expect(sentence).toMatch(/: somebody has stopped its listener since 12:00:05 UTC \(1 min\)\.$/)
  })

  it('is Kafka when it does not answer the console either', () => {
    const { story } = unpaid()

    const waiting = explainWaiting(story.timeline(65_000), { ...health('payment-service', {}), brokerAnswers: false })

    expect(waiting).toMatchObject({ code: 'BROKER_AWAY', service: 'payment-service' })
  })

  it('is the group that nobody is a member of', () => {
    const { story } = unpaid()
    const known = health('payment-service', {})

    const waiting = explainWaiting(story.timeline(65_000), {
      ...known,
      groups: { 'payment-group': { members: 0, lag: 3, stoppedSince: null, detail: '' } },
    })

    expect(said(waiting)).toBe(
      'NO_MEMBERS stuck: payment-service has not handled OrderCreatedEvent since 12:00:00 UTC (1 min 5 s): nobody is a member of its consumer group payment-group.',
    )
  })

  it('is the handler that fails, with its error, the attempt and the next try', () => {
    const { story, created } = unpaid()
    story.attempt('payment', created, 10, { attempt: 1, error: { code: 'HANDLER_FAILED', message: 'no price' } })
    story.attempt('payment', created, 4_000, {
      attempt: 2,
      error: { code: 'HANDLER_FAILED', message: 'no price' },
      nextAttemptAt: at(8_000),
    })

    const waiting = explainWaiting(story.timeline(5_000), health('payment-service', {}))

    expect(said(waiting)).toBe(
      'HANDLER_FAILING stuck: payment-service fails at OrderCreatedEvent since 12:00:00 UTC (5 s), 2 attempts so far: HANDLER_FAILED: no price. Next try at 12:00:08 UTC (in 3 s).',
    )
    expect(waiting).toMatchObject({ service: 'payment-service', nextAt: at(8_000), runbook: 2 })
  })

  it('says how many events of the order wait behind the one that fails', () => {
    const { story, created } = unpaid()
    story.attempt('payment', created, 10, { error: { code: 'X', message: 'no' } })
    story.events('order', 20, null, ['OrderConfirmedEvent'])
    const [again = ''] = story.events('order', 30, null, ['OrderCreatedEvent'])

    const { sentence } = explainWaiting(story.timeline(5_000), health('payment-service', {}))

    expect(again).not.toBe('')
    expect(sentence).toContain('1 later event of the order waits behind it.')
  })

  it('is the dead letter, with its number', () => {
    const { story, created } = unpaid()
    story.attempt('payment', created, 42_000, { outcome: 'dead', attempt: 10, error: { code: 'X', message: 'no' } })

    const waiting = explainWaiting(story.timeline(65_000), {
      ...health('payment-service', {}),
      deadLetters: { [`payment-service/${created}`]: { id: '17', consumerGroup: 'payment-group', error: 'X: no' } },
    })

    expect(said(waiting)).toBe(
      'DEAD_LETTER stuck: payment-service gave up on OrderCreatedEvent after 10 attempts at 12:00:42 UTC: X: no.',
    )
    expect(waiting).toMatchObject({ deadLetter: '17', todo: 'Mend the reason, then send dead letter 17 again.' })
  })

  it('is the record that nobody can read', () => {
    const { story, created } = unpaid()
    story.attempt('payment', created, 100, {
      outcome: 'undecodable',
      error: { code: 'UNDECODABLE', message: 'no JSON' },
    })

    expect(explainWaiting(story.timeline(9_000), health('payment-service', {}))).toMatchObject({
      code: 'UNDECODABLE',
      sentence: 'payment-service could not read OrderCreatedEvent at 12:00:00 UTC: UNDECODABLE: no JSON.',
    })
  })

  it('is the event that is not published, and the publisher’s trouble', () => {
    const { story } = createdOrder()
    story.publishedTo('order', 0n)

    const waiting = explainWaiting(
      story.timeline(65_000),
      health('order-service', { down: { 'event-publisher': 'backing-off: the batch is too large' } }),
    )

    expect(said(waiting)).toBe(
      'NOT_PUBLISHED stuck: order-service has not published OrderCreatedEvent since 12:00:00 UTC (1 min 5 s): its publisher is backing-off: the batch is too large.',
    )
  })

  it('is the transaction that keeps events from being published', () => {
    const { story } = createdOrder()
    story.publishedTo('order', 0n)

    const { sentence } = explainWaiting(
      story.timeline(65_000),
      health('order-service', {
        openTransaction: { since: at(-5_000), holder: 'process 12 (psql), idle in transaction' },
      }),
    )

    expect(sentence).toContain(
      'a transaction is open since 11:59:55 UTC (1 min 10 s) (process 12 (psql), idle in transaction)',
    )
  })

  it('is the broker that does not answer', () => {
    const { story } = createdOrder()
    story.publishedTo('order', 0n)

    const waiting = explainWaiting(
      story.timeline(65_000),
      health('order-service', { down: { 'event-publisher': 'backing-off: the broker is not reachable' } }),
    )

    expect(waiting).toMatchObject({ code: 'BROKER_AWAY', service: 'order-service' })
  })

  it('is the database that does not answer', () => {
    const { story } = createdOrder()

    const waiting = explainWaiting(story.timeline(65_000, { unread: ['payment'] }), UNKNOWN_HEALTH)

    expect(said(waiting)).toBe(
      'DATABASE_AWAY stuck: payment-service has not handled OrderCreatedEvent since 12:00:00 UTC (1 min 5 s): its database does not answer (connect ECONNREFUSED).',
    )
  })

  it('is the lock that somebody holds in the database', () => {
    const { story } = unpaid()

    const waiting = explainWaiting(
      story.timeline(65_000),
      health('payment-service', {
        lock: { since: at(1_000), table: 'events', holder: 'process 12 (psql), idle in transaction,' },
      }),
    )

    expect(waiting).toMatchObject({
      code: 'DATABASE_LOCKED',
      sentence:
        'payment-service has not handled OrderCreatedEvent since 12:00:00 UTC (1 min 5 s): its database waits for a lock on events that process 12 (psql), idle in transaction, holds since 12:00:01 UTC (1 min 4 s).',
    })
  })

  it('is the consumer that is behind, when nothing is wrong with it', () => {
    const { story } = unpaid()

    const waiting = explainWaiting(story.timeline(65_000), {
      ...health('payment-service', {}),
      groups: { 'payment-group': { members: 1, lag: 4_000, stoppedSince: null, detail: '' } },
    })

    expect(said(waiting)).toBe(
      'NOT_HANDLED late: OrderCreatedEvent is published, and payment-service has not handled it since 12:00:00 UTC (1 min 5 s), its group is 4000 records behind.',
    )
  })

  it('is the partner whose answer fails to come, with attempts, error and next try', () => {
    const { story } = reservedOrder()
    story.call('payment', {
      requestedAt: at(15),
      attempts: 3,
      dueAt: at(70_000),
      lastError: 'no answer within 10000 ms',
    })

    const waiting = explainWaiting(story.timeline(65_000), health('payment-service', {}))

    expect(said(waiting)).toBe(
      `CALL_FAILING stuck: payment-service gets no answer from the payment gateway to payment-gateway authorize-${ORDER} since 12:00:00 UTC (1 min 4 s), 3 attempts so far: no answer within 10000 ms. Next try at 12:01:10 UTC (in 5 s).`,
    )
  })

  it('is the partner who is slow', () => {
    const { story } = reservedOrder()
    story.call('payment', { requestedAt: at(15) })

    expect(explainWaiting(story.timeline(2_000), health('payment-service', {}))).toMatchObject({
      code: 'CALL_OPEN',
      level: 'normal',
    })
    expect(explainWaiting(story.timeline(9_000), health('payment-service', {}))).toMatchObject({
      code: 'CALL_OPEN',
      level: 'late',
    })
  })

  it('is the deadline that is due and fails, or does not fire', () => {
    const { story } = reservedOrder()
    story.deadline('order', { dueAt: at(10_000) })
    const overdue = explainWaiting(story.timeline(60_000), health('order-service', {}))
    story.deadline('order', { dueAt: at(10_000), name: 'other', attempts: 2, lastError: 'X' })
    const failing = explainWaiting(story.timeline(60_000), health('order-service', {}))

    expect(overdue).toMatchObject({ code: 'DEADLINE_OVERDUE', level: 'stuck', runbook: 6 })
    expect(failing).toMatchObject({ code: 'DEADLINE_FAILING', level: 'stuck', runbook: 6 })
  })

  it('is nothing to worry about while events are on their way', () => {
    const { story } = unpaid()

    expect(explainWaiting(story.timeline(300), health('payment-service', {}))).toMatchObject({
      code: 'ON_ITS_WAY',
      level: 'normal',
      sentence: 'OrderCreatedEvent is published, and about to be handled by payment-service.',
      todo: null,
    })
  })

  it('is the courier, as it should be, while the parcel is on its way', () => {
    const { story } = reservedOrder()
    story.deadline('order', { scope: 'aggregate:delivery', name: 'AskCourier', dueAt: at(3_600_000) })

    expect(explainWaiting(story.timeline(60_000, { status: 'DISPATCHED' }), UNKNOWN_HEALTH)).toMatchObject({
      code: 'DEADLINE_PENDING',
      level: 'normal',
      sentence:
        'As it should be: the parcel is with the courier, who owes a report; the courier is asked at 13:00:00 UTC (in 59 min).',
      customer: 'Your parcel is on its way.',
    })
  })

  it('is what the saga waits for, when nothing on the way to it is seen to fail', () => {
    const { story } = reservedOrder()
    story.deadline('order', { dueAt: at(900_000) })

    const waiting = explainWaiting(
      story.timeline(60_000, { awaited: [{ type: 'PaymentProcessedEvent', service: 'payment-service' }] }),
      UNKNOWN_HEALTH,
    )

    expect(said(waiting)).toBe(
      'SAGA_WAITS late: The order waits for the payment (PaymentProcessedEvent of payment-service) since 12:00:00 UTC (59 s); it is looked at again at 12:15:00 UTC. Nothing on the way to it is seen to fail.',
    )
  })

  it('is nothing when the order is at its end', () => {
    const { story } = reservedOrder()

    expect(explainWaiting(story.timeline(60_000, { status: 'DELIVERED' }), UNKNOWN_HEALTH)).toMatchObject({
      code: 'FINISHED',
      level: 'finished',
      sentence: 'The order is DELIVERED. Nothing is to come. It took 20 ms.',
    })
  })

  it('is nothing at its end, but dead letters that bear its key are named', () => {
    const { story } = reservedOrder()
    const letter = (id: string) => ({ id, consumerGroup: 'order-group', error: 'X: no JSON' })
    const deadLetters = {
      'order-service/payment-events-1-9': letter('118'),
      'order-service/e-1': letter('118'),
      'dispatch-service/payment-events-1-4': letter('17'),
    }

    expect(
      explainWaiting(story.timeline(60_000, { status: 'DELIVERED' }), { ...UNKNOWN_HEALTH, deadLetters }),
    ).toMatchObject({
      code: 'FINISHED',
      level: 'finished',
      todo: '2 dead letters with its key wait for somebody (17, 118): send again what is of use, discard the rest.',
      deadLetter: '17',
      runbook: 9,
    })
  })

  it('is unexplained, and says so, when nothing would move the order on', () => {
    const { story } = reservedOrder()

    expect(explainWaiting(story.timeline(60_000), UNKNOWN_HEALTH)).toMatchObject({
      code: 'UNEXPLAINED',
      level: 'stuck',
      runbook: 1,
    })
  })

  it('tells customers of a delay and nothing of its reason', () => {
    const { story } = unpaid()

    const { customer } = explainWaiting(story.timeline(65_000), health('payment-service', { answers: false }))

    expect(customer).toBe(
      'Your order has arrived, and the payment is being confirmed. There is a delay on our side that we are looking into; nothing is lost, and you need not do anything.',
    )
  })
})
