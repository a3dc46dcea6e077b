import { reason } from '../client/failure.ts'
import type { ProducerSettings } from '../config/settings.ts'
import { KafkaConfigError } from '../errors.ts'
import type { ProducerRecord } from './producer-record.ts'

export function tooLarge(record: ProducerRecord, bytes: number, settings: ProducerSettings): KafkaConfigError {
  const key = record.key === null || record.key === undefined ? 'no key' : `key ${String(record.key)}`
  return new KafkaConfigError(
    'RECORD_TOO_LARGE',
    `A record for ${record.topic} (${key}) needs ${bytes} bytes, max.request.size is ${settings.maxRequestSizeBytes}. Raise it, and max.message.bytes of the topic, or send less.`,
  )
}

export function bufferFull(bytes: number, waiting: number, settings: ProducerSettings): KafkaConfigError {
  return new KafkaConfigError(
    'BUFFER_FULL',
    `${waiting} bytes wait to be sent; ${bytes} more are above buffer.memory=${settings.bufferMemoryBytes}. Wait for earlier sends before sending more.`,
  )
}

/** Nothing was learned about a topic in all the time that `send` may wait. */
export function noMetadata(topic: string, settings: ProducerSettings, failure: unknown): KafkaConfigError {
  if (failure instanceof KafkaConfigError && failure.code === 'UNKNOWN_TOPIC') {
    const waited = Math.min(settings.maxBlockMs, settings.deliveryTimeoutMs)
    return new KafkaConfigError(
      'UNKNOWN_TOPIC',
      `Topic ${topic} does not exist (waited ${waited} ms for it). Create it first.`,
    )
  }
  const message = `Nothing can be learned about topic ${topic}: ${reason(failure)}`
  return new KafkaConfigError('BROKER_UNREACHABLE', message, { cause: failure })
}

export function timedOut(
  partition: string,
  maybeWritten: boolean,
  settings: ProducerSettings,
  failure: unknown,
): KafkaConfigError {
  const what = `${partition} did not acknowledge within delivery.timeout.ms=${settings.deliveryTimeoutMs}`
  const outcome = maybeWritten ? 'the record may have been written' : 'the record was not written'
  const why = failure === undefined ? '' : `: ${reason(failure)}`
  return new KafkaConfigError('DELIVERY_TIMEOUT', `${what}; ${outcome}${why}`, { cause: failure })
}
