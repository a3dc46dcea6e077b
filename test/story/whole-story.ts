import type { NewEvent } from '@stocker/cqrs'
import { contract as deliveryContract } from '../../services/delivery-service/src/contract.ts'
import { COURIER_INTENTS, performCourierCall } from '../../services/delivery-service/src/courier-call.ts'
import { defineDelivery } from '../../services/delivery-service/src/delivery.ts'
import { DeliveryEventConsumer } from '../../services/delivery-service/src/delivery-event-consumer.ts'
import { DeliveryEventProducer } from '../../services/delivery-service/src/delivery-event-producer.ts'
import { DeliveryService } from '../../services/delivery-service/src/delivery-service.ts'
import { simulatedCourier } from '../../services/delivery-service/src/simulated-courier.ts'
import { contract as dispatchContract } from '../../services/dispatch-service/src/contract.ts'
import { dispatch } from '../../services/dispatch-service/src/dispatch.ts'
import { DispatchEventConsumer } from '../../services/dispatch-service/src/dispatch-event-consumer.ts'
import { DispatchEventProducer } from '../../services/dispatch-service/src/dispatch-event-producer.ts'
import { DispatchService } from '../../services/dispatch-service/src/dispatch-service.ts'
import type { Stock } from '../../services/dispatch-service/src/stock.ts'
import { stock } from '../../services/dispatch-service/src/stock.ts'
import { contract as orderContract } from '../../services/order-service/src/contract.ts'
import type { Order } from '../../services/order-service/src/order.ts'
import { order } from '../../services/order-service/src/order.ts'
import { OrderEventConsumer } from '../../services/order-service/src/order-event-consumer.ts'
import { OrderEventProducer } from '../../services/order-service/src/order-event-producer.ts'
import { orderFulfilmentSaga } from '../../services/order-service/src/order-fulfilment-saga.ts'
import { OrderService } from '../../services/order-service/src/order-service.ts'
import { contract as paymentContract } from '../../services/payment-service/src/contract.ts'
import type { GatewayCall } from '../../services/payment-service/src/gateway-calls.ts'
import { gatewayCalls, performGatewayCall } from '../../services/payment-service/src/gateway-calls.ts'
import { payment } from '../../services/payment-service/src/payment/payment.ts'
import { PaymentEventConsumer } from '../../services/payment-service/src/payment-event-consumer.ts'
import { PaymentEventProducer } from '../../services/payment-service/src/payment-event-producer.ts'
import { PaymentService } from '../../services/payment-service/src/payment-service.ts'
import { ModelGateway } from './model-gateway.ts'
import type { PendingCall, PublishedEvent, WorldClock } from './service-world.ts'
import { ServiceWorld } from './service-world.ts'

/** What the outside world and the customer will do in a story. */
export interface Plot {
  readonly token: 'tok_ok' | 'tok_declined' | 'tok_refund_fails'
  readonly street: string
  /** Pieces in stock; two are ordered. */
  readonly onHand: number
  readonly cancels: boolean
  readonly returns: boolean
  /** How often the saga loses its patience although nothing is wrong. */
  readonly impatience: number
  /** Picks, step by step, which of the things that could happen next does. When it is used up, the first one does. */
  readonly choices: readonly number[]
}

export interface Ending {
  readonly status: Order['status']
  readonly history: readonly string[]
  readonly charged: number
  readonly held: number
  readonly stock: Pick<Stock, 'onHand' | 'reserved'>
  readonly sagaIsOver: boolean
}

export const ORDER_ID = 'order-1'
export const TOTAL = { amount: 2500, currency: 'EUR' } as const
const SKU = 'mug'
const HOUR = 3_600_000

/** More steps than any story has. */
const MAX_STEPS = 500

interface Step {
  readonly name: string
  readonly take: () => void | Promise<void>
}

const nothing = null as never

/** Plays one order through the rules of all services until nothing can happen any more. */
export const play = async (plot: Plot): Promise<Ending> => {
  const published: PublishedEvent[] = []
  let ids = 0
  const clock: WorldClock = {
    now: new Date('2026-03-01T12:00:00.000Z'),
    nextId: () => `00000000-0000-7000-8000-${String(++ids).padStart(12, '0')}`,
    publish: (event) => published.push(event),
  }
  const gateway = new ModelGateway(plot.token === 'tok_refund_fails' ? 2 : 0)
  const courier = simulatedCourier({ delayMs: 0, now: () => clock.now })
  const delivery = defineDelivery({ retryAfterMs: HOUR, silenceMs: HOUR })
  const orderService = new OrderService({
    commands: nothing,
    catalogue: nothing,
    queries: nothing,
    watch: nothing,
    counts: nothing,
  })
  const paymentService = new PaymentService({ store: nothing, commands: nothing })
  const dispatchService = new DispatchService({ commands: nothing, store: nothing, stock: nothing, lowThreshold: 0 })
  const deliveryService = new DeliveryService({ delivery, commands: nothing, store: nothing, courier })
  const timeouts = {
    payment: HOUR,
    dispatch: HOUR,
    delivery: HOUR,
    capture: HOUR,
    cancellation: HOUR,
    return: HOUR,
    refund: HOUR,
  }

  const orders = new ServiceWorld(
    {
      contract: orderContract,
      aggregates: [order],
      sagas: [orderFulfilmentSaga(timeouts)],
      handlers: new OrderEventConsumer(orderService).handlers,
      map: new OrderEventProducer().map,
    },
    clock,
  )
  const payments = new ServiceWorld(
    {
      contract: paymentContract,
      aggregates: [payment],
      handlers: new PaymentEventConsumer(paymentService).handlers,
      map: new PaymentEventProducer().map,
      intents: gatewayCalls as Readonly<Record<string, (event: NewEvent) => PendingCall>>,
    },
    clock,
  )
  const warehouse = new ServiceWorld(
    {
      contract: dispatchContract,
      aggregates: [dispatch, stock],
      handlers: new DispatchEventConsumer(dispatchService).handlers,
      map: new DispatchEventProducer().map,
    },
    clock,
  )
  const deliveries = new ServiceWorld(
    {
      contract: deliveryContract,
      aggregates: [delivery],
      handlers: new DeliveryEventConsumer(deliveryService).handlers,
      map: new DeliveryEventProducer().map,
      intents: COURIER_INTENTS as Readonly<Record<string, (event: NewEvent) => PendingCall | null>>,
    },
    clock,
  )
  const services = [orders, payments, warehouse, deliveries]

  warehouse.transact((unit) =>
    unit.execute(stock, SKU, { type: 'Open', data: { sku: SKU, quantity: plot.onHand, threshold: 0 } }),
  )
  const shippingAddress = { name: 'Ada', line1: plot.street, city: 'London', postalCode: 'N1', country: 'GB' }
  const lines = [{ sku: SKU, name: 'Mug', quantity: 2, unitPrice: { amount: 1250, currency: 'EUR' } }]
  orders.transact((unit) =>
    unit.execute(order, ORDER_ID, {
      type: 'Create',
      data: { orderId: ORDER_ID, customerId: 'ada', lines, total: TOTAL, shippingAddress, paymentToken: plot.token },
    }),
  )

  const performPayment = performGatewayCall({ gateway, refundRetryAt: () => new Date(clock.now.getTime() + HOUR) })
  const performDelivery = performCourierCall({ courier, delivery, callNow: async () => null })
  const signal = new AbortController().signal
  const answers = [
    {
      service: payments,
      perform: (call: PendingCall) =>
        performPayment({ key: call.key, request: call.request as GatewayCall, attempt: 1, signal }),
    },
    {
      service: deliveries,
      perform: (call: PendingCall) =>
        performDelivery({ key: call.key, request: call.request as never, attempt: 1, signal }),
    },
  ]

  /** Topic by topic each service reads what was published, in order; how far it is, is its own affair. */
  const offsets = new Map<string, number>()
  const inbound = (): Step[] =>
    services.flatMap((service) =>
      [...new Set(published.map(({ topic }) => topic))].flatMap((topic) => {
        const records = published.filter((event) => event.topic === topic)
        const place = `${service.parts.contract.service}/${topic}`
        const offset = offsets.get(place) ?? 0
        const next = records.slice(offset).findIndex((event) => service.reads(event))
        const record = next < 0 ? undefined : records[offset + next]
        if (record === undefined) return []
        return [
          {
            name: `${service.parts.contract.service} reads ${record.message.type}`,
            take: () => {
              offsets.set(place, offset + next + 1)
              service.receive(record.message)
              // A broker may deliver it again.
              service.receive(record.message)
            },
          },
        ]
      }),
    )
  const outside = (): Step[] =>
    answers.flatMap(({ service, perform }) =>
      [...service.calls.values()].map((call) => ({
        name: `${service.parts.contract.service} is answered ${call.key}`,
        take: async () => {
          const { aggregate, id, command } = await perform(call)
          service.calls.delete(call.key)
          service.transact((unit) => unit.execute(aggregate, id, command as never))
        },
      })),
    )
  let impatience = plot.impatience
  let asked = { cancel: !plot.cancels, return: !plot.returns }
  const timePasses = (): Step[] =>
    services.flatMap((service) =>
      [...service.deadlines.keys()].flatMap((key) => {
        const ofSaga = key.startsWith('saga:')
        if (ofSaga && impatience === 0) return []
        return [
          {
            name: `${service.parts.contract.service} is due ${key}`,
            take: () => {
              if (ofSaga) impatience -= 1
              service.fire(key)
            },
          },
        ]
      }),
    )
  const customer = (): Step[] => {
    const { status } = orders.state<Order>(`order-${ORDER_ID}`) ?? order.initial
    const ask = (type: 'RequestCancellation' | 'RequestReturn'): void =>
      orders.transact((unit) => unit.execute(order, ORDER_ID, { type, data: { orderId: ORDER_ID, reason: 'WISH' } }))
    const steps: Step[] = []
    if (!asked.cancel)
      steps.push({
        name: 'the customer cancels',
        take: () => {
          asked = { ...asked, cancel: true }
          ask('RequestCancellation')
        },
      })
    if (!asked.return && status === 'DELIVERED')
      steps.push({
        name: 'the customer returns it',
        take: () => {
          asked = { ...asked, return: true }
          ask('RequestReturn')
        },
      })
    return steps
  }

  const story: string[] = []
  for (let n = 0; n < MAX_STEPS; n += 1) {
    const steps = [...inbound(), ...outside(), ...customer(), ...timePasses()]
    const step = steps[(plot.choices[n] ?? 0) % steps.length]
    if (step === undefined) break
    story.push(step.name)
    if (n === MAX_STEPS - 1) throw new Error(`The story has no end: …\n${story.slice(-20).join('\n')}`)
    try {
      await step.take()
    } catch (cause) {
      throw new Error(`${(cause as Error).message}, after:\n${story.join('\n')}`, { cause })
    }
  }
  const { status, history } = orders.state<Order>(`order-${ORDER_ID}`) ?? order.initial
  const { onHand, reserved } = warehouse.state<Stock>(`stock-${SKU}`) ?? stock.initial
  return {
    status,
    history: [...history.map((entry) => `${entry.status} ${entry.reason ?? ''}`), ...story],
    charged: gateway.charged,
    held: gateway.authorized - gateway.voided - gateway.captured,
    stock: { onHand, reserved },
    sagaIsOver: orders.sagasAreOver,
  }
}
