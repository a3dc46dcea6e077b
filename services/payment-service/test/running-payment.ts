import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { loadProperties } from '@stocker/properties'
import type { Service } from '@stocker/service-kit'
import { createLogger } from '@stocker/service-kit'
import { kafkaBootstrap } from '../../../test/servers.ts'
import { createApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { orderCreated as created } from './payment-instance.ts'

export interface PaymentAnswer {
  readonly status: number
  readonly body: { readonly status?: string; readonly authorizationId?: string; readonly reason?: string }
}

export interface RunningPayment {
  readonly service: Service
  readonly payment: (orderId: string) => Promise<PaymentAnswer>
}

/** The whole service on a broker and on databases. `group` and the databases of an earlier one: its restart. */
export const runningPayment = async (o: {
  readonly databaseUrl: string
  readonly gatewayUrl: string
  readonly group?: string
  readonly properties?: Readonly<Record<string, string>>
}): Promise<RunningPayment> => {
  const properties = loadProperties({
    files: [fileURLToPath(new URL('../application.properties', import.meta.url))],
    overrides: {
      'server.port': '0',
      'spring.datasource.url': o.databaseUrl,
      'gateway.database-url': o.gatewayUrl,
      'gateway.timeout-ms': '1000',
      'spring.kafka.bootstrap-servers': kafkaBootstrap(),
      'spring.kafka.consumer.group-id': o.group ?? `payment-${randomUUID()}`,
      ...o.properties,
    },
  })
  const service = createApp(readConfig(properties), createLogger({ service: 'payment-service', level: 'silent' }))
  await service.start()
  return {
    service,
    payment: async (orderId) => {
      const response = await service.app.inject(`/api/payments/${orderId}`)
      return { status: response.statusCode, body: response.json<PaymentAnswer['body']>() }
    },
  }
}

/** An event as the service that owns it publishes it. */
export const envelopeOf = <D extends { readonly orderId: string }>(event: {
  readonly type: string
  readonly data: D
}) => ({
  eventId: randomUUID(),
  eventType: event.type,
  eventVersion: 1,
  occurredAt: '2026-03-01T12:00:00.000Z',
  correlationId: event.data.orderId,
  causationId: null,
  ...event.data,
})

export const orderCreated = (orderId: string, paymentToken = 'tok_ok') => envelopeOf(created(orderId, paymentToken))
