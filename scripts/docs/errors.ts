import { ALERTING_ERRORS } from '@stocker/alerting'
import { CONTRACT_ERRORS } from '@stocker/contracts'
import { CQRS_ERRORS } from '@stocker/cqrs'
import { DEAD_LETTER_ERRORS } from '@stocker/dead-letters'
import { ERROR_CODES } from '@stocker/kafka-config'
import { EXPORTER_METRICS } from '@stocker/kafka-config/monitor'
import { PROPERTIES_ERROR_CODES } from '@stocker/properties'
import type { MetricDefinition } from '@stocker/service-kit'
import { METRIC_CATALOGUE, PROBLEM_CODES, REJECTION_PROBLEMS, SERVICE_KIT_ERRORS } from '@stocker/service-kit'
import { ALERT_METRICS } from '../../apps/console/src/alerts/alert-metrics.ts'
import { CONSUMER_METRICS } from '../../apps/console/src/consumers/consumer-metrics.ts'
import { DEAD_LETTER_METRICS } from '../../apps/console/src/dead-letters/dead-letter-metrics.ts'
import { LOCK_METRICS } from '../../apps/console/src/watched-locks.ts'
import { CART_METRICS } from '../../services/cart-service/src/metrics.ts'
import { DELIVERY_METRICS } from '../../services/delivery-service/src/metrics.ts'
import { DISPATCH_METRICS } from '../../services/dispatch-service/src/metrics.ts'
import { ORDER_METRICS } from '../../services/order-service/src/metrics.ts'
import { PAYMENT_METRICS } from '../../services/payment-service/src/metrics.ts'
import { code, table } from './markdown.ts'

interface ErrorKind {
  readonly retryable: boolean
  readonly meaning: string
}

const terminal = (meanings: Readonly<Record<string, string>>): Readonly<Record<string, ErrorKind>> =>
  Object.fromEntries(Object.entries(meanings).map(([name, meaning]) => [name, { retryable: false, meaning }]))

/** Package → its table of codes. */
const TABLES: Readonly<Record<string, Readonly<Record<string, ErrorKind>>>> = {
  'kafka-config': ERROR_CODES,
  cqrs: CQRS_ERRORS,
  'dead-letters': DEAD_LETTER_ERRORS,
  alerting: ALERTING_ERRORS,
  'service-kit': SERVICE_KIT_ERRORS,
  contracts: CONTRACT_ERRORS,
  properties: terminal(PROPERTIES_ERROR_CODES),
}

/** Every error code, and every problem that the services share. */
export const errorsDocument = (): string =>
  [
    '# Errors',
    '<!-- Made from the packages by `npm run docs`; change it there. -->',
    '*Again* says whether the same call may succeed later although nobody changed anything.',
    '## Answers over HTTP',
    'Every error is answered as `application/problem+json` (RFC 9457) with a `code`. These are the codes of every service; each adds those of its own, which its `/docs` show.',
    table(
      ['code', 'status', 'title', 'hint'],
      Object.entries({ ...PROBLEM_CODES, ...REJECTION_PROBLEMS }).map(([name, problem]) => [
        code(name),
        String(problem.status),
        problem.title,
        'hint' in problem ? problem.hint : '',
      ]),
    ),
    ...Object.entries(TABLES).flatMap(([name, errors]) => [
      `## ${name}`,
      table(
        ['code', 'again', 'meaning'],
        Object.entries(errors).map(([errorCode, { retryable, meaning }]) => [
          code(errorCode),
          retryable ? 'yes' : 'no',
          meaning,
        ]),
      ),
    ]),
  ].join('\n\n')

/** Service → what it measures beside what every service does. */
const OWN_METRICS: Readonly<Record<string, Readonly<Record<string, MetricDefinition>>>> = {
  'order-service': ORDER_METRICS,
  'payment-service': PAYMENT_METRICS,
  'dispatch-service': DISPATCH_METRICS,
  'delivery-service': DELIVERY_METRICS,
  'cart-service': CART_METRICS,
  console: { ...EXPORTER_METRICS, ...CONSUMER_METRICS, ...DEAD_LETTER_METRICS, ...ALERT_METRICS, ...LOCK_METRICS },
}

/** Every metric beside those of the Node process. */
export const metricsDocument = (): string =>
  [
    '# Metrics',
    '<!-- Made from the code by `npm run docs`; change it there. -->',
    'On `/metrics` of every service, in the text format of Prometheus, beside the metrics of the process (`process_*`, `nodejs_*`).',
    metricsTable(METRIC_CATALOGUE),
    ...Object.entries(OWN_METRICS).flatMap(([owner, metrics]) => [`## ${owner}`, metricsTable(metrics)]),
  ].join('\n\n')

/** The same, shorter, for the README of service-kit. */
export const kitMetricsTable = (): string =>
  table(
    ['metric', 'type', 'what'],
    Object.entries<MetricDefinition>(METRIC_CATALOGUE).map(([name, { type, help }]) => [code(name), type, help]),
  )

const metricsTable = (metrics: Readonly<Record<string, MetricDefinition>>): string =>
  table(
    ['name', 'type', 'labels', 'what'],
    Object.entries(metrics).map(([name, { type, labels, help }]) => [
      code(name),
      type,
      labels.map(code).join(' '),
      help,
    ]),
  )
