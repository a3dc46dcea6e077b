import { isIP } from 'node:net'
import type { BaseOptions } from '@platformatic/kafka'
import type { ConnectionSettings } from './settings.ts'

/** The part of the client's options that every kind of client shares. Retries belong to the caller: the client's own never end. */
export function clientOptions(connection: ConnectionSettings): BaseOptions {
  // Java's client sends SNI, which hosted clusters need; an address must not be sent as one (RFC 6066).
  const named = connection.bootstrapServers.every(
    (server) => isIP(server.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')) === 0,
  )
  return {
    clientId: connection.clientId,
    bootstrapBrokers: [...connection.bootstrapServers],
    connectTimeout: connection.connectTimeoutMs,
    requestTimeout: connection.requestTimeoutMs,
    metadataMaxAge: connection.metadataMaxAgeMs,
    ...(connection.tls && { tls: { ...connection.tls }, ...(named && { tlsServerName: true }) }),
    ...(connection.sasl && { sasl: { ...connection.sasl } }),
  }
}
