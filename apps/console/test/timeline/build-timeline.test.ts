import { describe, expect, it } from 'vitest'
import type { Step } from '../../src/timeline/timeline.ts'
import { shownSteps } from '../../src/timeline/timeline.ts'
import { at, caseStory, createdOrder, reservedOrder } from './case-story.ts'

const short = ({ service, kind, state, title, offsetMs }: Step) =>
  `+${offsetMs} ${service.replace('-service', '')} ${kind} ${state} ${title}`

describe('a timeline', () => {
  it('has one step for each piece of work, in order, with what caused it', () => {
    const { story, created, requested } = reservedOrder()
    const [processed = ''] = story.events('payment', 60, requested, ['PaymentProcessedEvent'])
    story.handled('dispatch', processed, [65, 68, 75])
    story.events('dispatch', 70, processed, ['OrderDispatchedEvent'])

    const timeline = story.timeline(100)

    expect(shownSteps(timeline).map(short)).toEqual([
      '+0 order command done OrderCreatedEvent',
      '+9 dispatch message done OrderCreatedEvent',
      '+10 payment message done OrderCreatedEvent',
      '+60 payment answer done PaymentProcessedEvent',
      '+68 dispatch message done PaymentProcessedEvent',
    ])
    const [command, atDispatch, atPayment, answer, paid] = shownSteps(timeline)
    expect([command, atDispatch, atPayment, answer, paid].map((step) => step?.cause?.step ?? null)).toEqual([
      null,
      command?.id,
      command?.id,
      atPayment?.id,
      answer?.id,
    ])
    expect(atDispatch?.cause).toMatchObject({ eventId: created, type: 'OrderCreatedEvent' })
    expect(timeline.lanes).toEqual(['order-service', 'payment-service', 'dispatch-service'])
  })

  it('splits the time of a handling into outbox, queue and work, and names the slowest hop of all', () => {
    const { story } = reservedOrder()

    const timeline = story.timeline(100)

    const [, atDispatch, atPayment] = shownSteps(timeline)
    expect(atDispatch?.hops).toEqual({ outbox: 6, queue: 3, retries: null, work: 5 })
    expect(timeline.slowest).toEqual({ step: atPayment?.id, hop: 'work', ms: 10 })
  })

  it('folds all tries of a message into one step, and shows their time apart from the queue', () => {
    const { story, created } = createdOrder()
    story.attempt('payment', created, 20, { attempt: 1, error: { code: 'X', message: 'no' }, nextAttemptAt: at(220) })
    story.attempt('payment', created, 230, { attempt: 2, error: { code: 'X', message: 'no' }, nextAttemptAt: at(630) })
    story.handled('payment', created, [6, 640, 650])

    const [, step] = shownSteps(story.timeline(1_000))

    expect(step).toMatchObject({ state: 'done', at: at(20), hops: { outbox: 6, queue: 14, retries: 620, work: 10 } })
    expect(step?.attempts.map(({ attempt, error }) => `${attempt} ${error}`)).toEqual(['1 X: no', '2 X: no'])
  })

  it('shows that a repeated message was ignored as a step of its own', () => {
    const { story, created } = reservedOrder()
    story.attempt('dispatch', created, 50, { outcome: 'duplicate' })

    const steps = shownSteps(story.timeline(100)).filter(({ service }) => service === 'dispatch-service')

    expect(steps.map(short)).toEqual([
      '+9 dispatch message done OrderCreatedEvent',
      '+50 dispatch message duplicate OrderCreatedEvent',
    ])
  })

  it('shows a message that was given up, and that it was handled after all when it was sent again', () => {
    const { story, created } = createdOrder()
    story.attempt('payment', created, 20, { outcome: 'failed', attempt: 1 })
    story.attempt('payment', created, 30, { outcome: 'dead', attempt: 2, error: { code: 'X', message: 'no' } })
    expect(shownSteps(story.timeline(50))[1]).toMatchObject({ state: 'dead', redriven: false })

    story.handled('payment', created, [6, 5_000, 5_010])

    expect(shownSteps(story.timeline(9_000))[1]).toMatchObject({ state: 'done', redriven: true })
  })

  it('takes what a saga’s deadline leads to for a deadline, although the message that set it is its cause', () => {
    const { story, created } = createdOrder()
    const [paid = ''] = story.events('payment', 10, null, ['PaymentProcessedEvent'])
    story.handled('order', paid, [12, 13, 15])
    story.events('order', 14, paid, ['OrderConfirmedEvent'])
    story.events('order', 60_000, paid, ['OrderOverdue'])

    const timeline = story.timeline(61_000)

    expect(created).not.toBe(paid)
    expect(shownSteps(timeline).map(short).slice(-2)).toEqual([
      '+13 order message done PaymentProcessedEvent',
      '+60000 order deadline done OrderOverdue',
    ])
    expect(shownSteps(timeline).at(-1)?.idleMs).toBe(59_985)
  })

  it('keeps what saga commands added in the transaction of the message together with it', () => {
    const story = caseStory()
    const [created = ''] = story.events('order', 0, null, ['OrderCreatedEvent'], { tx: 5n })
    story.events('order', 0, created, ['OrderConfirmedEvent'], { tx: 5n })

    const steps = shownSteps(story.timeline(10))

    expect(steps).toHaveLength(1)
    expect(steps[0]?.events.map(({ type }) => type)).toEqual(['OrderCreatedEvent', 'OrderConfirmedEvent'])
  })

  it('never puts a step before what caused it, and says clock skew where a hop would be negative', () => {
    const { story, created } = createdOrder()
    story.handled('payment', created, [-40, -30, -20])

    const [first, second] = shownSteps(story.timeline(10))

    expect(first?.service).toBe('order-service')
    expect(second).toMatchObject({
      service: 'payment-service',
      clockSkew: true,
      hops: { outbox: 0, queue: 10, work: 10 },
    })
  })

  it('expects a handling of every reader that has not handled a published event', () => {
    const { story, created } = createdOrder()
    story.handled('dispatch', created, [6, 9, 14])

    const { expected } = story.timeline(1_000)

    expect(expected).toMatchObject([
      {
        kind: 'handling',
        service: 'payment-service',
        title: 'OrderCreatedEvent',
        since: at(0),
        attempts: 0,
        overdue: false,
      },
    ])
  })

  it('expects the publication of an event that its publisher has not reached, unless somebody has handled it', () => {
    const { story, created } = createdOrder()
    story.publishedTo('order', 0n)

    const unpublished = story.timeline(1_000)
    story.handled('dispatch', created, [6, 9, 14])
    const published = story.timeline(1_000)

    expect(unpublished.expected.map(({ kind, service }) => `${kind} ${service}`)).toEqual([
      'publication order-service',
      'handling payment-service',
      'handling dispatch-service',
    ])
    expect(shownSteps(unpublished)[0]?.events[0]?.publication).toBe('waiting')
    expect(published.expected.map(({ kind, service }) => `${kind} ${service}`)).toEqual(['handling payment-service'])
  })

  it('expects open calls, what the saga waits for and nobody has begun, then deadlines by their time', () => {
    const { story, requested } = reservedOrder()
    story.call('payment', { requestedAt: at(15), attempts: 2, dueAt: at(900), lastError: 'timeout' })
    story.deadline('order', { dueAt: at(900_000) })

    const { expected, steps } = story.timeline(500, {
      awaited: [
        { type: 'PaymentProcessedEvent', service: 'payment-service' },
        { type: 'StockReservedEvent', service: 'dispatch-service' },
      ],
    })

    expect(requested).not.toBe('')
    expect(expected).toMatchObject([
      {
        kind: 'call',
        service: 'payment-service',
        attempts: 2,
        dueAt: at(900),
        lastError: 'timeout',
        cause: steps[2]?.id,
      },
      { kind: 'event', title: 'PaymentProcessedEvent' },
      { kind: 'deadline', title: 'orderFulfilment wakeUp', dueAt: at(900_000), overdue: false },
    ])
  })

  it('expects nothing of events so old that services have forgotten whether they handled them', () => {
    const { story } = createdOrder()

    expect(story.timeline(2 * 3_600_000).expected).toEqual([])
  })

  it('expects a handling of a service whose database cannot be read, and names that service', () => {
    const { story } = createdOrder()

    const timeline = story.timeline(1_000, { unread: ['payment'] })

    expect(timeline.unread).toEqual([{ service: 'payment-service', reason: 'connect ECONNREFUSED' }])
    expect(timeline.expected.map(({ service }) => service)).toEqual(['dispatch-service', 'payment-service'])
  })

  it('folds the middle of a long story by service, and never what went wrong', () => {
    const { story, created } = createdOrder()
    for (let n = 1; n <= 50; n += 1) story.events('order', n * 10, null, ['OrderOverdue'])
    for (let n = 1; n <= 50; n += 1) story.events('payment', 1_000 + n * 10, null, ['PaymentCaptureNoted'])
    story.attempt('payment', created, 1_200, { outcome: 'failed' })

    const { steps, totalSteps } = story.timeline(5_000, { maxSteps: 4 })

    expect(totalSteps).toBe(102)
    expect(steps.map((step) => (step.kind === 'folded' ? `${step.count} ${step.service}` : short(step)))).toEqual([
      '+0 order command done OrderCreatedEvent',
      '+10 order command done OrderOverdue',
      '49 order-service',
      '19 payment-service',
      '+1200 payment message failing OrderCreatedEvent',
      '29 payment-service',
      '+1490 payment command done PaymentCaptureNoted',
      '+1500 payment command done PaymentCaptureNoted',
    ])
  })
})
