import { configurationTable } from '@stocker/kafka-config'
import type { Settings } from '@stocker/properties'
import { SECURITY_SETTINGS, SERVICE_SETTINGS } from '@stocker/service-kit'
import { ACCESS_SETTINGS } from '../../apps/console/src/access/access-settings.ts'
import { ALERT_SETTINGS } from '../../apps/console/src/alerts/alert-settings.ts'
import { DEAD_LETTER_SETTINGS, ORDER_SETTINGS, SERVICE_CALL_SETTINGS } from '../../apps/console/src/config.ts'
import { MONITOR_SETTINGS } from '../../apps/console/src/consumers/monitor-settings.ts'
import { DEV_ISSUER_SETTINGS } from '../../apps/console/src/dev-issuer/dev-issuer-settings.ts'
import { SYSTEM_SETTINGS } from '../../apps/console/src/system/system-settings.ts'
import { WATCHED_SETTINGS } from '../../apps/console/src/watched-settings.ts'
import { TRACING_SETTINGS } from '../../packages/service-kit/src/tracing/tracing-config.ts'
import { CART_SETTINGS } from '../../services/cart-service/src/config.ts'
import { COURIER_SETTINGS } from '../../services/delivery-service/src/config.ts'
import { STOCK_SETTINGS } from '../../services/dispatch-service/src/config.ts'
import { SLO_SETTINGS, TIMEOUT_SETTINGS } from '../../services/order-service/src/config.ts'
import { GATEWAY_SETTINGS, REFUND_SETTINGS } from '../../services/payment-service/src/config.ts'
import { code, table } from './markdown.ts'

/** Whose keys they are, beside those of Kafka, and in which order they are told. */
const SETTINGS: Readonly<Record<string, readonly Settings[]>> = {
  'Every service': [SERVICE_SETTINGS, SECURITY_SETTINGS, TRACING_SETTINGS],
  'cart-service': [CART_SETTINGS],
  'order-service': [TIMEOUT_SETTINGS, SLO_SETTINGS],
  'payment-service': [GATEWAY_SETTINGS, REFUND_SETTINGS],
  'dispatch-service': [STOCK_SETTINGS],
  'delivery-service': [COURIER_SETTINGS],
  console: [
    ACCESS_SETTINGS,
    WATCHED_SETTINGS,
    SERVICE_CALL_SETTINGS,
    ORDER_SETTINGS,
    MONITOR_SETTINGS,
    ALERT_SETTINGS,
    DEAD_LETTER_SETTINGS,
    SYSTEM_SETTINGS,
    DEV_ISSUER_SETTINGS,
  ],
}

/** Every key of every application.properties. */
export const configurationDocument = (): string =>
  [
    configurationTable().trim().replace(/^# .*/, '# Configuration'),
    ...Object.entries(SETTINGS).flatMap(([owner, parts]) => [
      `## ${owner}`,
      table(
        ['key', 'value', 'default', 'what'],
        parts
          .flatMap(Object.values)
          .map(({ key, type, required, default: value, description }) => [
            code(key),
            type,
            required ? 'must be set' : defaultText(type, value),
            description ?? '',
          ]),
      ),
    ]),
  ].join('\n\n')

function defaultText(type: string, value: unknown): string {
  if (value === undefined || value === '') return ''
  if (Array.isArray(value)) return value.length === 0 ? '' : code(value.join(','))
  return code(type.startsWith('duration') ? `${String(value)}ms` : String(value))
}
