import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { ListenerRecord } from '@stocker/kafka-config'
import {
  DEAD_LETTER_HEADERS,
  KafkaConfig,
  KafkaConsumerConfig,
  KafkaProducerConfig,
  lastHeader,
} from '@stocker/kafka-config'
import type { Scenario } from '@stocker/platform'
import { openShop } from './shop/shop.ts'

const TOPIC = 'payment-events'
/** Who reads it. */
const GROUPS = ['dispatch-service-group', 'order-service-group'] as const
const LOOK_EVERY_MS = 50

export const scenario: Scenario = {
  name: 'poison-message',
  description: 'A record that no service can read goes to the dead letters; its order and all others are delivered',

  async run(context) {
    const shop = openShop(context)
    const [product] = await shop.products()
    if (product === undefined) throw new Error('the catalogue is empty')
    const kafka = KafkaConfig.fromProperties({
      'spring.kafka.bootstrap-servers': context.servers().kafka,
      'spring.kafka.consumer.group-id': `poison-message-${randomUUID()}`,
      'spring.kafka.consumer.auto-offset-reset': 'earliest',
    })
    const letters: ListenerRecord[] = []
    await using deadLetters = new KafkaConsumerConfig(kafka).createListenerContainer({
      topics: [`${TOPIC}-dlt`],
      listener: async (records) => void letters.push(...records),
    })
    await using sender = new KafkaProducerConfig(kafka).createSender()

    const poisoned = await shop.placeOrder('unlucky', [{ sku: product.sku, quantity: 1 }])
    const poison = `{"eventType":"PaymentProcessedEvent", cut off ${randomUUID()}`
    await sender.send({ topic: TOPIC, key: poisoned, value: poison })
    context.log(`somebody writes half an event of order ${poisoned} to ${TOPIC}`)
    const others = await Promise.all(
      ['lucky', 'happy'].map((customer) => shop.placeOrder(customer, [{ sku: product.sku, quantity: 1 }])),
    )
    for (const orderId of [...others, poisoned]) await shop.until(orderId, 'DELIVERED')

    await deadLetters.start()
    for (const group of GROUPS) {
      while (!letters.some((letter) => groupOf(letter) === group && letter.raw.value?.toString() === poison)) {
        if (context.signal.aborted) throw new Error(`${group} has no dead letter of the half event`)
        await delay(LOOK_EVERY_MS)
      }
      context.log(`${group} has put it into ${TOPIC}-dlt, byte for byte`)
    }
  },
}

function groupOf({ raw }: ListenerRecord): string | undefined {
  return lastHeader(raw.headers, DEAD_LETTER_HEADERS.originalConsumerGroup)?.value.toString()
}
