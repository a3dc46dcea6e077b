import type { TrackingProcessor } from '@stocker/cqrs'
import type { Metrics } from './create-metrics.ts'

/** How far a tracking processor is behind the events of its store: its slowest segment counts. */
export function observeProcessor(metrics: Metrics, processor: TrackingProcessor): void {
  metrics.observe('projection_lag_seconds', async () => {
    const { name, segments } = await processor.status()
    return [{ labels: { processor: name }, value: Math.max(0, ...segments.map(({ secondsBehind }) => secondsBehind)) }]
  })
}
