/** https://www.w3.org/TR/trace-context/#traceparent-header, version 00; all-zero ids are invalid there. */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/

export interface TraceContext {
  readonly traceId: string
  readonly spanId: string
  /** Whether whoever began the trace records it. */
  readonly sampled: boolean
}

/** undefined when it is none. */
export function parseTraceparent(text: string): TraceContext | undefined {
  const [, traceId, spanId, flags = ''] = TRACEPARENT.exec(text) ?? []
  if (traceId === undefined || spanId === undefined) return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

export const formatTraceparent = ({ traceId, spanId, sampled }: TraceContext): string =>
  `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
