import type { AddressedCommand, OutboundCall } from '@stocker/cqrs'
import { reasonOf } from '../keep-trying.ts'
import { callSpan } from './span-names.ts'
import type { Tracing } from './tracing.ts'

type Perform<R> = (call: OutboundCall<R>) => Promise<AddressedCommand>

/** Around `perform` of outbound calls: a span for each attempt. `name`: whom is called. */
export function traceCalls<R>(tracing: Tracing | undefined, name: string, perform: Perform<R>): Perform<R> {
  if (tracing === undefined) return perform
  return async (call) => {
    const span = tracing.begin({ ...callSpan(name, call.key, call.attempt), parent: call.traceparent })
    if (span === undefined) return perform(call)
    try {
      const answer = await perform({ ...call, traceparent: span.traceparent })
      span.end()
      return answer
    } catch (error) {
      const errorType = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
      span.end({ errorType, message: reasonOf(error) })
      throw error
    }
  }
}
