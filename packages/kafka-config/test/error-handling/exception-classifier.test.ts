import { ExceptionClassifier, KafkaConfigError } from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'

class PaymentError extends Error {}
class CardDeclined extends PaymentError {}
class GatewayAway extends PaymentError {
  readonly code = 'GATEWAY_AWAY'
}

const wrapped = (cause: unknown) => new Error('the listener failed', { cause })

describe('the standard classifier', () => {
  it.each(['NOT_JSON', 'NOT_UTF8', 'UNTRUSTED_TYPE', 'NO_TYPE', 'NOT_SERIALIZABLE', 'INVALID_HEADER'] as const)(
    'takes %s for fatal, also as a cause',
    (code) => {
      const error = new KafkaConfigError(code, 'unreadable')
      expect(new ExceptionClassifier().isRetryable(error)).toBe(false)
      expect(new ExceptionClassifier().isRetryable(wrapped(wrapped(error)))).toBe(false)
    },
  )

  it('takes mistakes in the code for fatal: a call of what is no function, a name that does not exist', () => {
    const classifier = new ExceptionClassifier()
    expect(classifier.isRetryable(new TypeError('x.y is not a function'))).toBe(false)
    expect(classifier.isRetryable(new ReferenceError('x is not defined'))).toBe(false)
  })

  it('takes a TypeError with a cause for what the cause is: fetch reports a broken connection so', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    expect(new ExceptionClassifier().isRetryable(new TypeError('fetch failed', { cause: refused }))).toBe(true)
    const bug = new TypeError('x is undefined')
    expect(new ExceptionClassifier().isRetryable(new TypeError('fetch failed', { cause: bug }))).toBe(false)
  })

  it('takes everything else for retryable, also what is no error', () => {
    for (const error of [new Error('away'), new CardDeclined(), 'text', undefined, null]) {
      expect(new ExceptionClassifier().isRetryable(error)).toBe(true)
    }
  })
})

describe('a kind of error', () => {
  it('is decided by its own class before those above it', () => {
    const classifier = new ExceptionClassifier().addNotRetryable(PaymentError).addRetryable(GatewayAway)
    expect(classifier.isRetryable(new CardDeclined())).toBe(false)
    expect(classifier.isRetryable(new GatewayAway())).toBe(true)
  })

  it('is decided by its code before its class', () => {
    const classifier = new ExceptionClassifier({ defaultRetryable: false }).addRetryable('GATEWAY_AWAY')
    expect(classifier.isRetryable(new GatewayAway())).toBe(true)
    expect(classifier.isRetryable(new CardDeclined())).toBe(false)
  })

  it('is decided by the first of its causes that says otherwise than what is said of unknown errors', () => {
    const classifier = new ExceptionClassifier().addNotRetryable(CardDeclined).addRetryable(GatewayAway)
    const retryableAbove = new GatewayAway('away', { cause: new CardDeclined() })
    expect(classifier.isRetryable(retryableAbove)).toBe(false)
    expect(classifier.isRetryable(new AggregateError([new Error('a'), new CardDeclined()]))).toBe(false)
  })

  it('that was added can be removed, one of the standard list too', () => {
    const classifier = new ExceptionClassifier().addNotRetryable(PaymentError)
    classifier.removeClassification(PaymentError).removeClassification('NOT_JSON')
    expect(classifier.isRetryable(new PaymentError())).toBe(true)
    expect(classifier.isRetryable(new KafkaConfigError('NOT_JSON', 'no JSON'))).toBe(true)
  })

  it('is retried with defaultFalse only if it was added', () => {
    const classifier = ExceptionClassifier.defaultFalse().addRetryable(GatewayAway)
    expect(classifier.isRetryable(wrapped(new GatewayAway()))).toBe(true)
    expect(classifier.isRetryable(new Error('else'))).toBe(false)
  })
})

it('an error that is its own cause is looked at once', () => {
  const error = new Error('round')
  error.cause = error
  expect(new ExceptionClassifier().isRetryable(error)).toBe(true)
})
