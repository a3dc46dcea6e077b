import type { AttemptNote, HandledMessage, OpenCall, PendingDeadline, SagaInstance, StoredEvent } from '@stocker/cqrs'
import type { TimelineContext } from '../../src/timeline/build-timeline.ts'
import { buildTimeline } from '../../src/timeline/build-timeline.ts'
import type { ServiceTrail, UnreadTrail } from '../../src/timeline/case-trail.ts'
import type { AwaitedEvent } from '../../src/timeline/expected-steps.ts'
import type { Timeline } from '../../src/timeline/timeline.ts'

export const ORDER = '018f0000-0000-7000-8000-000000000001'
export const BEGIN = Date.parse('2026-03-01T12:00:00.000Z')

export const at = (ms: number): string => new Date(BEGIN + ms).toISOString()

const SERVICES = {
  order: {
    reads: {
      'payment-events': ['PaymentProcessedEvent', 'PaymentFailedEvent', 'PaymentCapturedEvent'],
      'dispatch-events': ['OrderDispatchedEvent'],
      'delivery-events': ['OrderDeliveredEvent'],
    },
    writes: { 'order-events': ['OrderCreatedEvent', 'OrderConfirmedEvent', 'OrderCompletedEvent'] },
    outboundCalls: [],
  },
  payment: {
    reads: { 'order-events': ['OrderCreatedEvent'], 'dispatch-events': ['OrderDispatchedEvent'] },
    writes: { 'payment-events': ['PaymentProcessedEvent', 'PaymentFailedEvent', 'PaymentCapturedEvent'] },
    outboundCalls: [
      {
        name: 'payment-gateway',
        intents: {
          PaymentRequested: () => ({ key: `authorize-${ORDER}` }),
          PaymentCaptureRequested: () => ({ key: `capture-${ORDER}` }),
        },
      },
    ],
  },
  dispatch: {
    reads: { 'order-events': ['OrderCreatedEvent'], 'payment-events': ['PaymentProcessedEvent'] },
    writes: { 'dispatch-events': ['StockReservedEvent', 'OrderDispatchedEvent'] },
    outboundCalls: [],
  },
} as const

export type ServiceName = keyof typeof SERVICES

interface Told {
  readonly events: StoredEvent[]
  readonly handled: HandledMessage[]
  readonly attempts: AttemptNote[]
  readonly deadlines: PendingDeadline[]
  readonly sagas: SagaInstance[]
  readonly outboundCalls: OpenCall[]
  publishedTo: bigint
}

/** Tells what happened to one order, as the services' databases would have it. Times are milliseconds after its beginning. */
export function caseStory() {
  const told = new Map<ServiceName, Told>()
  const versions = new Map<string, number>()
  let number = 0
  const of = (service: ServiceName): Told => {
    const known = told.get(service)
    if (known !== undefined) return known
    const created: Told = {
      events: [],
      handled: [],
      attempts: [],
      deadlines: [],
      sagas: [],
      outboundCalls: [],
      publishedTo: 1_000_000n,
    }
    told.set(service, created)
    return created
  }
  const next = (): number => {
    number += 1
    return number
  }
  const story = {
    /** Stores events in one transaction; their ids. */
    events(
      service: ServiceName,
      ms: number,
      cause: string | null,
      types: readonly string[],
      options: { readonly tx?: bigint; readonly data?: object } = {},
    ): readonly string[] {
      const tx = options.tx ?? BigInt(next())
      return types.map((type) => {
        const stream = `${service}-${ORDER}`
        const version = (versions.get(stream) ?? 0) + 1
        versions.set(stream, version)
        const id = `${service}-event-${next()}`
        of(service).events.push({
          id,
          stream,
          version,
          type,
          revision: 1,
          data: { orderId: ORDER, ...options.data },
          metadata: { correlationId: ORDER, causationId: cause },
          occurredAt: at(ms),
          position: BigInt(number),
          tx,
        })
        return id
      })
    },
    /** A message that took effect: published, fetched and written at these times. */
    handled(
      service: ServiceName,
      messageId: string,
      [published, received, written]: readonly [number, number, number],
    ): void {
      of(service).handled.push({
        messageId,
        consumer: `${service}-group`,
        source: { topic: 'order-events', partition: 1, offset: 7n },
        publishedAt: at(published),
        receivedAt: at(received),
        handledAt: at(written),
      })
    },
    attempt(service: ServiceName, messageId: string, ms: number, note: Partial<AttemptNote>): void {
      of(service).attempts.push({
        messageId,
        consumer: `${service}-group`,
        outcome: 'failed',
        type: null,
        key: ORDER,
        source: { topic: 'order-events', partition: 1, offset: 7n },
        attempt: 1,
        at: at(ms),
        error: null,
        nextAttemptAt: null,
        ...note,
      })
    },
    deadline(service: ServiceName, deadline: Partial<PendingDeadline>): void {
      of(service).deadlines.push({
        scope: 'saga:orderFulfilment',
        id: ORDER,
        name: 'wakeUp',
        dueAt: at(900_000),
        attempts: 0,
        lastError: null,
        ...deadline,
      })
    },
    call(service: ServiceName, call: Partial<OpenCall>): void {
      of(service).outboundCalls.push({
        name: 'payment-gateway',
        key: `authorize-${ORDER}`,
        attempts: 0,
        dueAt: at(0),
        requestedAt: at(0),
        lastError: null,
        ...call,
      })
    },
    /** Only events of transactions up to this one have left the service. */
    publishedTo(service: ServiceName, tx: bigint): void {
      of(service).publishedTo = tx
    },
    trails(unread: readonly ServiceName[] = []): readonly ServiceTrail[] {
      return (Object.keys(SERVICES) as readonly ServiceName[])
        .filter((service) => !unread.includes(service))
        .map((service) => {
          const { publishedTo, ...trail } = of(service)
          return {
            service: `${service}-service`,
            consumerGroup: `${service}-group`,
            ...SERVICES[service],
            trail: { ...trail, published: { publisher: { tx: publishedTo, position: 1_000_000n } } },
          }
        })
    },
    timeline(
      nowMs: number,
      options: {
        readonly status?: string
        readonly unread?: readonly ServiceName[]
        readonly awaited?: readonly AwaitedEvent[]
        readonly maxSteps?: number
        readonly usualMs?: TimelineContext['usualMs']
      } = {},
    ): Timeline {
      const unread = (options.unread ?? []).map(
        (service): UnreadTrail => ({
          service: `${service}-service`,
          reads: SERVICES[service].reads,
          reason: 'connect ECONNREFUSED',
        }),
      )
      return buildTimeline(story.trails(options.unread), {
        orderId: ORDER,
        now: new Date(BEGIN + nowMs),
        status: options.status ?? 'CREATED',
        unread,
        awaited: options.awaited ?? [],
        effects: () => [],
        otherEffects: () => [],
        usualMs: options.usualMs ?? (() => null),
        deadlineOutcome: () => 'It fires.',
        errorText: (text) => text,
        memoryMs: 3_600_000,
        maxSteps: options.maxSteps ?? 200,
      })
    },
  }
  return story
}

/** An order that was created, and whose payment-service has asked the gateway. */
export function createdOrder() {
  const story = caseStory()
  const [created = ''] = story.events('order', 0, null, ['OrderCreatedEvent'])
  return { story, created }
}

/** Everything that is to handle an order's creation has done so. */
export function reservedOrder() {
  const { story, created } = createdOrder()
  story.handled('dispatch', created, [6, 9, 14])
  story.events('dispatch', 12, created, ['StockReservedEvent'])
  story.handled('payment', created, [6, 10, 20])
  const [requested = ''] = story.events('payment', 15, created, ['PaymentRequested'])
  return { story, created, requested }
}
