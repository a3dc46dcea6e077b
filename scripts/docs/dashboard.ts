import { CONSUMERS } from './dashboard/consumers.ts'
import { grafanaJson } from './dashboard/grafana.ts'
import { HTTP } from './dashboard/http.ts'
import { KAFKA } from './dashboard/kafka.ts'
import { ORDERS } from './dashboard/orders.ts'
import { OUTBOX_SAGAS_CALLS } from './dashboard/outbox-sagas-calls.ts'
import type { Row } from './dashboard/panel.ts'
import { PROCESSES } from './dashboard/processes.ts'

/** What the platform's Grafana dashboard shows: one file a row, from top to bottom. */
export const ROWS: readonly Row[] = [ORDERS, CONSUMERS, OUTBOX_SAGAS_CALLS, HTTP, KAFKA, PROCESSES]

/** ops/grafana/platform.json, for Grafana 10 and later: import it and choose the data source. */
export function dashboardJson(): string {
  return grafanaJson(ROWS)
}
