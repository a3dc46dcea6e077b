import type { Logger } from '../logging/create-logger.ts'
import type { Attributes, SpanDescription } from './span-names.ts'
import type { TraceContext } from './traceparent.ts'
import { parseTraceparent } from './traceparent.ts'
import type { TracingConfig } from './tracing-config.ts'

export interface SpanStart extends SpanDescription {
  /** W3C `traceparent` of what caused it. Without one nothing is recorded, unless `beginsTrace`. */
  readonly parent: string | undefined
  /** Whether the span may be the first of a trace; sampling decides. Default false. */
  readonly beginsTrace?: boolean
  /** Links to the parent as well: for messages, whose conventions want both. Default false. */
  readonly linked?: boolean
  /** Milliseconds since 1970; default now. */
  readonly startMs?: number
}

export interface SpanEnd {
  /** Another name, when a better one is known at the end. */
  readonly name?: string
  readonly attributes?: Attributes
  /** Code of what went wrong; marks the span as failed. */
  readonly errorType?: string
  readonly message?: string
}

export interface TracedSpan {
  /** Of the span: for whatever it causes. */
  readonly traceparent: string
  end(end?: SpanEnd): void
}

/** Records spans and sends them to a collector, from `start` to `stop`. Never throws, and nothing waits for it. */
export interface Tracing {
  /** undefined: the trace is not recorded. What is caused gets the parent's context then. */
  begin(start: SpanStart): TracedSpan | undefined
  start(): Promise<void>
  /** Sends what is left, for a moment. */
  stop(): Promise<void>
}

/** The part that needs OpenTelemetry's SDK. */
export interface Recorder {
  begin(start: SpanStart, parent: TraceContext | undefined): TracedSpan | undefined
  close(): Promise<void>
}

export interface TracedService {
  readonly name: string
  readonly version: string
  readonly logger: Logger
}

/** The SDK is loaded by `start`: a service without an endpoint never pays for it. */
export function createTracing(config: TracingConfig, service: TracedService): Tracing {
  let recorder: Recorder | undefined
  return {
    begin(start) {
      if (recorder === undefined) return undefined
      const parent = start.parent === undefined ? undefined : parseTraceparent(start.parent)
      if (parent === undefined ? start.beginsTrace !== true : !parent.sampled) return undefined
      return recorder.begin(start, parent)
    },
    async start() {
      const { openRecorder } = await import('./open-telemetry.ts')
      recorder ??= openRecorder(config, service)
    },
    async stop() {
      await recorder?.close()
      recorder = undefined
    },
  }
}
