import type { ServiceContract } from '@stocker/contracts'
import { TOPIC_NAMES, TOPICS } from '@stocker/contracts'
import { expect, test } from 'vitest'
import { contract as cart } from '../services/cart-service/src/contract.ts'
import { contract as delivery } from '../services/delivery-service/src/contract.ts'
import { contract as dispatch } from '../services/dispatch-service/src/contract.ts'
import { contract as order } from '../services/order-service/src/contract.ts'
import { contract as payment } from '../services/payment-service/src/contract.ts'

const services: readonly ServiceContract[] = [cart, order, payment, dispatch, delivery]

test.each(TOPIC_NAMES)('%s is written by its owner alone, event by event', (topic) => {
  const writers = services.filter(({ writes }) => topic in writes)
  expect(writers.map(({ service }) => service)).toEqual([TOPICS[topic].owner])
  expect(writers.flatMap(({ writes }) => writes[topic] ?? []).toSorted()).toEqual([...TOPICS[topic].events].toSorted())
})

test.each(TOPIC_NAMES)('the readers that %s names are those that read it', (topic) => {
  const readers = services.filter(({ reads }) => topic in reads).map(({ service }) => service)
  expect(readers.toSorted()).toEqual([...TOPICS[topic].readers].toSorted())
})
