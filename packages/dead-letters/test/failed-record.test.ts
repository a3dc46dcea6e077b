import type { ListenerRecord } from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import { readFailedRecord } from '../src/failed-record.ts'

const hex = (text: string) => Buffer.from(text, 'hex')
const utf8 = (text: string) => Buffer.from(text, 'utf8')

function record(topic: string, headers: Readonly<Record<string, Buffer>>, value: Buffer | null): ListenerRecord {
  const list = Object.entries(headers).map(([key, bytes]) => ({ key, value: bytes }))
  return {
    topic,
    partition: 3,
    offset: 9n,
    timestamp: 1_700_000_100_000n,
    timestampType: 'CreateTime',
    key: 'order-7',
    headers: list,
    raw: { key: utf8('order-7'), value, headers: list },
    value: undefined,
    typeId: undefined,
  }
}

/** Byte for byte what Spring Kafka writes: int32 and int64 big-endian, the rest UTF-8. */
const springHeaders = (prefix: 'kafka_dlt-' | 'kafka_') => ({
  __TypeId__: utf8('com.stocker.events.OrderCreatedEvent'),
  [`${prefix}exception-fqcn`]: utf8('org.springframework.kafka.listener.ListenerExecutionFailedException'),
  [`${prefix}exception-cause-fqcn`]: utf8('com.stocker.payment.CardDeclinedException'),
  [`${prefix}exception-message`]: utf8('Listener failed; card declined'),
  [`${prefix}exception-stacktrace`]: utf8(
    'org.springframework…\nCaused by: com.stocker.payment.CardDeclinedException: card declined',
  ),
  [`${prefix}original-topic`]: utf8('order-events'),
  [`${prefix}original-partition`]: hex('00000003'),
  [`${prefix}original-offset`]: hex('000000000000002a'),
  [`${prefix}original-timestamp`]: hex('0000018bcfe56800'),
  [`${prefix}original-timestamp-type`]: utf8('CreateTime'),
  'kafka_dlt-original-consumer-group': utf8('payment-service-group'),
})

const VALUE = utf8(
  '{"eventId":"0198f1c2-9d3e-7b10-8a55-0c1d2e3f4a5b","eventType":"OrderCreatedEvent","orderId":"order-7"}',
)

describe('a dead letter of Spring Kafka', () => {
  it.each([
    ['a DeadLetterPublishingRecoverer before 3.3', 'order-events.DLT', 'kafka_dlt-'],
    ['a DeadLetterPublishingRecoverer', 'order-events-dlt', 'kafka_dlt-'],
    ['a @RetryableTopic', 'order-events-dlt', 'kafka_'],
  ] as const)('written by %s says where it failed, why, and which event it is', (_writer, topic, prefix) => {
    expect(readFailedRecord(record(topic, springHeaders(prefix), VALUE))).toMatchObject({
      place: { topic, partition: 3, offset: 9n },
      deadAt: 1_700_000_100_000,
      origin: { topic: 'order-events', partition: 3, offset: 42n, timestamp: 1_700_000_000_000 },
      consumerGroup: 'payment-service-group',
      errorClass: 'com.stocker.payment.CardDeclinedException',
      errorMessage: 'Listener failed; card declined',
      eventId: '0198f1c2-9d3e-7b10-8a55-0c1d2e3f4a5b',
      eventType: 'OrderCreatedEvent',
      redrive: undefined,
    })
  })

  it('with a key that could not be read has the error of the key', () => {
    const headers = {
      'kafka_dlt-key-exception-fqcn': utf8('org.springframework.kafka.support.serializer.DeserializationException'),
      'kafka_dlt-key-exception-message': utf8('failed to deserialize'),
    }

    expect(readFailedRecord(record('order-events-dlt', headers, VALUE))).toMatchObject({
      errorClass: 'org.springframework.kafka.support.serializer.DeserializationException',
      errorMessage: 'failed to deserialize',
    })
  })
})

describe('a dead letter of anybody', () => {
  it('keeps bytes that are no JSON, and is itself the place where it failed when no header says another', () => {
    const letter = readFailedRecord(record('orders-dlt', {}, hex('ff00')))

    expect(letter).toMatchObject({
      origin: { topic: 'orders-dlt', partition: 3, offset: 9n, timestamp: 1_700_000_100_000 },
      consumerGroup: '',
      errorClass: '',
      eventId: undefined,
      eventType: undefined,
    })
    expect(letter.value).toEqual(hex('ff00'))
  })

  it('takes headers of another form for absent, and texts only as PostgreSQL can store them', () => {
    const letter = readFailedRecord(
      record(
        'orders-dlt',
        {
          ...springHeaders('kafka_dlt-'),
          'kafka_dlt-original-offset': hex('2a'),
          'kafka_dlt-exception-message': utf8('a\0b'),
          'redrive-dead-letter': utf8('17'),
          'redrive-attempt': hex('01'),
        },
        null,
      ),
    )

    expect(letter).toMatchObject({ origin: { topic: 'orders-dlt' }, errorMessage: 'a\ufffdb', redrive: undefined })
  })

  it('has a stack trace of at most 16,000 characters', () => {
    const headers = { 'kafka_dlt-exception-stacktrace': utf8('x'.repeat(50_000)) }

    expect(readFailedRecord(record('orders-dlt', headers, null)).stackTrace).toHaveLength(16_000)
  })
})
