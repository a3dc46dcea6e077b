import { describe, expect, it } from 'vitest'
import { fingerprintOf, topFrame, withoutNumbers } from '../src/fingerprint.ts'

const failure = {
  topic: 'order-events',
  consumerGroup: 'payment-service-group',
  errorClass: 'CardDeclined',
  message: 'HANDLER_FAILED: the card of order-1042 was declined at 12:03:07',
  stackTrace:
    'CardDeclined: declined\n    at charge (file:///srv/app/src/charge.ts:12:5)\n    at async run (file:///srv/app/src/run.ts:1:1)',
}
const fingerprint = (other: Partial<typeof failure> = {}) => fingerprintOf({ ...failure, ...other })

describe('the fingerprint of a failure', () => {
  it.each([
    ['the ids and times in its message', { message: 'HANDLER_FAILED: the card of order-77 was declined at 23:59:59' }],
    [
      'a UUID in its message',
      { message: 'HANDLER_FAILED: the card of 0198f1c2-9d3e-7b10-8a55-0c1d2e3f4a5b was declined at 1:2:3' },
    ],
    [
      'the line that threw it',
      { stackTrace: 'CardDeclined: declined\n    at charge (file:///srv/app/src/charge.ts:99:1)' },
    ],
    [
      'the directory of the program',
      { stackTrace: 'CardDeclined: declined\n    at charge (/opt/other/charge.ts:12:5)' },
    ],
    ['who called the place that threw it', { stackTrace: `${failure.stackTrace.split('\n    at async')[0]}` }],
  ])('does not depend on %s', (_what, other) => {
    expect(fingerprint(other)).toBe(fingerprint())
  })

  it.each([
    ['topic', { topic: 'dispatch-events' }],
    ['consumer group', { consumerGroup: 'dispatch-service-group' }],
    ['class of the error', { errorClass: 'CardExpired' }],
    ['words of the message', { message: 'HANDLER_FAILED: the card of order-1042 is expired at 12:03:07' }],
    [
      'place that threw it',
      { stackTrace: 'CardDeclined: declined\n    at refund (file:///srv/app/src/charge.ts:12:5)' },
    ],
  ])('differs with the %s', (_what, other) => {
    expect(fingerprint(other)).not.toBe(fingerprint())
  })

  it('of a Java error that came wrapped is the place of the cause', () => {
    const trace = (line: number, cause: string) =>
      [
        'org.springframework.kafka.listener.ListenerExecutionFailedException: Listener failed; boom',
        `\tat org.springframework.kafka.listener.KafkaMessageListenerContainer.decorate(KafkaMessageListenerContainer.java:${line})`,
        `Caused by: com.example.${cause}: boom`,
        `\tat com.example.Orders.lambda$handle$0(Orders.java:${line})`,
      ].join('\n')

    expect(topFrame(trace(12, 'Boom'), 'com.example.Boom')).toBe('com.example.Orders.lambda$handle$#(Orders.java)')
    expect(topFrame(trace(99, 'Boom'), 'com.example.Boom')).toBe(topFrame(trace(12, 'Boom'), 'com.example.Boom'))
  })

  it('needs neither message nor stack trace', () => {
    expect(topFrame('', '')).toBe('')
    expect(fingerprint({ message: '', stackTrace: '' })).toMatch(/^[0-9a-f]{16}$/)
  })
})

it('takes every word with a digit out of a message', () => {
  expect(withoutNumbers('Order ord_7f3 (42 EUR) of kunde-üb3r: HTTP 503')).toBe('Order # (# EUR) of #: HTTP #')
})
