import type { BaseOptions } from '@platformatic/kafka'
import type { ConnectionSettings } from './settings.ts'

/** The part of the client's options that every kind of client shares. Retries belong to the caller: the client's own never end. */
export function clientOptions(connection: ConnectionSettings): BaseOptions {
  return {
    clientId: connection.clientId,
    bootstrapBrokers: [...connection.bootstrapServers],
    connectTimeout: connection.connectTimeoutMs,
    requestTimeout: connection.requestTimeoutMs,
    metadataMaxAge: connection.metadataMaxAgeMs,
    ...(connection.tls && { tls: connection.tls, tlsServerName: true }),
    ...(connection.sasl && { sasl: { ...connection.sasl } }),
  }
}
