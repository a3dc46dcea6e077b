import { AuthenticationError } from '@platformatic/kafka'
import type { KafkaConfigErrorCode } from '../errors.ts'
import { KafkaConfigError } from '../errors.ts'
import { PROTOCOL, protocolName } from './protocol-codes.ts'

/** The error and everything below it: causes and the members of an AggregateError. */
export function* chain(error: unknown): Generator<unknown> {
  const queue: unknown[] = [error]
  const seen = new Set<unknown>()
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    if (seen.has(at) || seen.size > 50) continue
    seen.add(at)
    yield at
    if (at instanceof AggregateError) queue.push(...at.errors)
    if (at instanceof Error && at.cause !== undefined) queue.push(at.cause)
  }
}

export function isAuthenticationFailure(error: unknown): boolean {
  for (const at of chain(error)) {
    if (at instanceof AuthenticationError) return true
    if (at instanceof KafkaConfigError && at.code === 'AUTHENTICATION_FAILED') return true
  }
  return false
}

/** The innermost messages in one line: the client's outer ones say only that something failed. */
export function reason(error: unknown): string {
  const messages: string[] = []
  for (const at of chain(error)) {
    if (!(at instanceof Error)) continue
    const message = at.message || (at as NodeJS.ErrnoException).code || at.name
    if (message && !messages.some((known) => known.includes(message))) messages.push(message)
  }
  return messages.slice(0, 4).join(' ← ') || String(error)
}

/** An error code in a response, as an error; `otherwise` for those that have no code of their own here. */
export function protocolFailure(
  code: number,
  what: string,
  otherwise: KafkaConfigErrorCode = 'SEND_FAILED',
): KafkaConfigError {
  const message = `${what}: the broker answered ${protocolName(code)}`
  switch (code) {
    case PROTOCOL.TOPIC_AUTHORIZATION_FAILED:
    case PROTOCOL.GROUP_AUTHORIZATION_FAILED:
    case PROTOCOL.CLUSTER_AUTHORIZATION_FAILED:
      return new KafkaConfigError('AUTHORIZATION_FAILED', `${message}. Grant the right to this principal.`)
    case PROTOCOL.UNKNOWN_TOPIC_OR_PARTITION:
    case PROTOCOL.INVALID_TOPIC_EXCEPTION:
      return new KafkaConfigError('UNKNOWN_TOPIC', message)
    case PROTOCOL.MESSAGE_TOO_LARGE:
    case PROTOCOL.RECORD_LIST_TOO_LARGE:
      return new KafkaConfigError('RECORD_TOO_LARGE', `${message}. Raise max.message.bytes of the topic or send less.`)
    default:
      return new KafkaConfigError(otherwise, message)
  }
}

/** Why no broker could be asked. */
export function connectionFailure(error: unknown, servers: readonly string[]): KafkaConfigError {
  if (error instanceof KafkaConfigError) return error
  if (isAuthenticationFailure(error)) {
    return new KafkaConfigError(
      'AUTHENTICATION_FAILED',
      `${servers.join(',')} refused the credentials: ${reason(error)}`,
      {
        cause: error,
      },
    )
  }
  return new KafkaConfigError(
    'BROKER_UNREACHABLE',
    `No answer from ${servers.join(',')}: ${reason(error)}. Check that the broker runs and the address is right.`,
    { cause: error },
  )
}
