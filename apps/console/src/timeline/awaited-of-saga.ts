import type { SagaInstance } from '@stocker/cqrs'
import type { Fulfilment } from '@stocker/order-service/model'
import { awaitedEvents } from '@stocker/order-service/model'
import type { AwaitedEvent } from './expected-steps.ts'

/** What the saga of an order still waits for; of a saga that is not known nothing is said. */
export const awaitedOfSaga = ({ saga, state }: SagaInstance): readonly AwaitedEvent[] =>
  saga === 'orderFulfilment' ? awaitedEvents(state as Fulfilment) : []
