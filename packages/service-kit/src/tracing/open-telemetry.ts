import type { Span } from '@opentelemetry/api'
import { DiagLogLevel, diag, ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Logger } from '../logging/create-logger.ts'
import type { SpanKindName } from './span-names.ts'
import { ERROR_TYPE } from './span-names.ts'
import { formatTraceparent } from './traceparent.ts'
import type { Recorder, SpanEnd, TracedService } from './tracing.ts'
import type { TracingConfig } from './tracing-config.ts'

const KINDS: Readonly<Record<SpanKindName, SpanKind>> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
}

/** Spans that wait to be sent at most; at full load and full sampling more of them come than anybody reads. */
const MAX_WAITING = 8_192
const SENT_TOGETHER = 1_024
const SEND_INTERVAL_MS = 1_000
const CLOSE_LIMIT_MS = 3_000
const WARN_INTERVAL_MS = 60_000

/** Spans of one service, on their way to its collector. */
export function openRecorder(config: TracingConfig, { name, version, logger }: TracedService): Recorder {
  diag.setLogger(occasionally(logger), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  const exporter = new OTLPTraceExporter({
    url: config.endpoint,
    headers: { ...config.headers },
    timeoutMillis: config.timeoutMs,
  })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': name, 'service.version': version }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(config.probability) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: MAX_WAITING,
        maxExportBatchSize: SENT_TOGETHER,
        scheduledDelayMillis: SEND_INTERVAL_MS,
        exportTimeoutMillis: config.timeoutMs,
      }),
    ],
  })
  const tracer = provider.getTracer('@stocker/service-kit')
  return {
    begin({ name: spanName, kind, attributes, linked = false, startMs }, parent) {
      const context = parent && {
        traceId: parent.traceId,
        spanId: parent.spanId,
        traceFlags: TraceFlags.SAMPLED,
        isRemote: true,
      }
      const span = tracer.startSpan(
        spanName,
        {
          kind: KINDS[kind],
          attributes: { ...attributes },
          ...(context && linked && { links: [{ context }] }),
          ...(startMs !== undefined && { startTime: startMs }),
        },
        context === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, context),
      )
      if (!span.isRecording()) return undefined
      const { traceId, spanId } = span.spanContext()
      return { traceparent: formatTraceparent({ traceId, spanId, sampled: true }), end: (end) => endSpan(span, end) }
    },
    close: async () => {
      const closing = provider.shutdown().catch(() => {})
      await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, CLOSE_LIMIT_MS).unref())])
    },
  }
}

function endSpan(span: Span, { name, attributes, errorType, message }: SpanEnd = {}): void {
  if (name !== undefined) span.updateName(name)
  if (attributes !== undefined) span.setAttributes({ ...attributes })
  if (errorType !== undefined) {
    span.setAttribute(ERROR_TYPE, errorType)
    span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) })
  }
  span.end()
}

/** A collector that is away is worth a line, not one for every batch. */
function occasionally(logger: Logger) {
  let saidAt = Number.NEGATIVE_INFINITY
  const say = (message: string, ...details: unknown[]): void => {
    if (performance.now() - saidAt < WARN_INTERVAL_MS) return
    saidAt = performance.now()
    logger.warn(
      { reason: [message, ...details.map(String)].join(' ').slice(0, 500) },
      'spans were not sent; they are lost',
    )
  }
  const nothing = (): void => {}
  return { error: say, warn: say, info: nothing, debug: nothing, verbose: nothing }
}
