import type { CircuitState, Dependency, ListenerContainer, ParkedPartition } from '@stocker/kafka-config'
import type { Metrics } from '../metrics/create-metrics.ts'
import type { MetricName } from '../metrics/metric-catalogue.ts'

const CIRCUIT_VALUES: Readonly<Record<CircuitState, number>> = { closed: 0, 'half-open': 1, open: 2 }

const PARKED: Partial<Record<MetricName, (parked: ParkedPartition) => number>> = {
  event_listener_parked_records: ({ records }) => records,
  event_listener_parked_keys: ({ keys }) => keys,
  event_listener_oldest_parked_seconds: ({ oldestSince }) =>
    oldestSince === undefined ? 0 : (Date.now() - oldestSince) / 1000,
  event_listener_back_pressure: ({ backPressure }) => (backPressure ? 1 : 0),
}

/** What a listener's container shows of itself when the metrics are asked for. */
export function observeListener(
  metrics: Metrics,
  container: ListenerContainer,
  { consumer, clientId }: { readonly consumer: string; readonly clientId: string },
  dependencies: readonly Dependency[],
): void {
  metrics.observe('kafka_consumer_fetch_manager_records_lag', async () =>
    (await container.lag()).flatMap(({ topic, partition, lag }) =>
      lag === undefined
        ? []
        : [{ labels: { client_id: clientId, topic, partition: String(partition) }, value: Number(lag) }],
    ),
  )
  const ofGroup = { consumergroup: consumer }
  metrics.observe('event_listener_delivery_attempts_max', async () => [
    { labels: ofGroup, value: container.failing()[0]?.attempts ?? 0 },
  ])
  metrics.observe('event_listener_in_flight_seconds', async () => {
    const oldest = Math.min(...container.inHand().map(({ since }) => since))
    return [{ labels: ofGroup, value: Number.isFinite(oldest) ? Math.max(0, Date.now() - oldest) / 1000 : 0 }]
  })
  for (const [name, read] of Object.entries(PARKED)) {
    metrics.observe(name as MetricName, async () =>
      container.parked().map((parked) => ({
        labels: { consumergroup: consumer, topic: parked.topic, partition: String(parked.partition) },
        value: read(parked),
      })),
    )
  }
  metrics.observe('event_listener_circuit_state', async () => {
    const { circuit } = container.health()
    return dependencies.map(({ name }) => ({
      labels: { consumergroup: consumer, dependency: name },
      value: circuit.dependency === name ? CIRCUIT_VALUES[circuit.state] : CIRCUIT_VALUES.closed,
    }))
  })
}
