import type { OutboundCalls } from '@stocker/cqrs'
import type { Metrics } from './create-metrics.ts'
import { sharedReading } from './shared-reading.ts'

/** Whether the calls to the outside get their answers. */
export function observeOutboundCalls(metrics: Metrics, calls: OutboundCalls): void {
  const labels = { name: calls.name }
  const failed = metrics.counter('outbound_call_failures_total', [labels])
  calls.onFailed(() => failed(labels))
  const open = sharedReading(() => calls.open())
  metrics.observe('outbound_calls_open', async () => [{ labels, value: (await open()).calls }])
  metrics.observe('outbound_calls_oldest_seconds', async () => [{ labels, value: (await open()).oldestSeconds }])
}
