import { isIP } from 'node:net'
import type { ClientKeyName } from './client-keys.ts'
import type { ClientValues, OwnValues } from './client-values.ts'
import { credentials, parseJaasConfig } from './jaas.ts'
import type { Assignment, Problems } from './problems.ts'
import type { ConnectionSettings, SaslSettings } from './settings.ts'
import { tlsOptions } from './tls.ts'

const DEFAULT_CLIENT_ID = 'kafka-config'
const SSL_KEYS = [
  'ssl.keystore.location',
  'ssl.keystore.password',
  'ssl.keystore.key',
  'ssl.keystore.certificate.chain',
  'ssl.key.password',
  'ssl.truststore.location',
  'ssl.truststore.certificates',
] as const satisfies readonly ClientKeyName[]

export function connectionSettings(
  values: ClientValues,
  own: OwnValues,
  defaultClientId: string | undefined,
  problems: Problems,
): ConnectionSettings {
  const protocol = values.value('security.protocol')
  const tls = protocol.endsWith('SSL') ? tlsOf(values, problems) : undefined
  const sasl = protocol.startsWith('SASL') ? saslOf(values, own, problems) : undefined
  if (!protocol.endsWith('SSL')) refuseIdle(values, SSL_KEYS, `security.protocol is ${protocol}, without TLS`, problems)
  if (!protocol.startsWith('SASL')) {
    const names = ['sasl.mechanism', 'sasl.jaas.config'] as const
    refuseIdle(values, names, `security.protocol is ${protocol}, without a login`, problems)
  }
  const backoff = values.value('retry.backoff.ms')
  const backoffMax = values.value('retry.backoff.max.ms')
  const servers = bootstrapServers(values, problems)
  return Object.freeze({
    bootstrapServers: servers,
    clientId: values.value('client.id') ?? defaultClientId ?? DEFAULT_CLIENT_ID,
    ...(tls && { tls: Object.freeze(tls) }),
    tlsServerName: servers.every((server) => isIP(hostOf(server)) === 0),
    ...(sasl && { sasl: Object.freeze(sasl) }),
    connectTimeoutMs: values.value('socket.connection.setup.timeout.ms'),
    requestTimeoutMs: values.value('request.timeout.ms'),
    // As in Kafka, a wait above the maximum is the maximum.
    retryBackoffMs: Math.min(backoff, backoffMax),
    retryBackoffMaxMs: backoffMax,
    metadataMaxAgeMs: values.value('metadata.max.age.ms'),
  })
}

/** Kafka ignores credentials under a protocol that does not use them, so that a cluster is reached in the clear unseen. */
function refuseIdle(values: ClientValues, names: readonly ClientKeyName[], why: string, problems: Problems): void {
  for (const name of names) {
    const at = values.at(name)
    if (at !== undefined) problems.add('INVALID_VALUE', at, `has no effect: ${why}`)
  }
}

function bootstrapServers(values: ClientValues, problems: Problems): readonly string[] {
  const servers = values.value('bootstrap.servers')
  const at = values.at('bootstrap.servers')
  if (at === undefined) return Object.freeze([...servers])
  const expected = 'is not valid: expected host:port,host:port'
  if (servers.length === 0) problems.add('INVALID_VALUE', at, expected)
  // As in Kafka, a listener's protocol may stand before the host.
  const addresses = servers.map((server) => server.replace(/^[a-z0-9_]+:\/\//i, ''))
  for (const address of addresses) {
    const port = /^(?:\[[0-9a-f:.%]+\]|[^\s:/[\]]+):(\d{1,5})$/i.exec(address)?.[1]
    if (port === undefined || Number(port) < 1 || Number(port) > 65_535) {
      problems.add('INVALID_VALUE', at, `${expected}, not ${address}`)
    }
  }
  return Object.freeze(addresses)
}

function hostOf(server: string): string {
  return server.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
}

function tlsOf(values: ClientValues, problems: Problems) {
  const protocol = values.value('ssl.protocol')
  const enabled = values.value('ssl.enabled.protocols')
  const versions = (['TLSv1.2', 'TLSv1.3'] as const).filter(
    (version) => enabled.includes(version) && !(protocol === 'TLSv1.2' && version === 'TLSv1.3'),
  )
  const at = values.at('ssl.enabled.protocols')
  const [minVersion] = versions
  const maxVersion = versions.at(-1)
  if (at !== undefined && enabled.some((version) => version !== 'TLSv1.2' && version !== 'TLSv1.3')) {
    problems.add('INVALID_VALUE', at, 'is not valid: expected TLSv1.2, TLSv1.3 or both')
    return undefined
  }
  if (minVersion === undefined || maxVersion === undefined) {
    const blamed = at ?? values.at('ssl.protocol')
    if (blamed !== undefined) problems.add('INVALID_VALUE', blamed, 'leaves no version of TLS')
    return undefined
  }
  return tlsOptions(
    {
      keyStoreLocation: values.at('ssl.keystore.location'),
      keyStorePassword: values.at('ssl.keystore.password'),
      keyStoreKey: values.at('ssl.keystore.key'),
      keyStoreCertificateChain: values.at('ssl.keystore.certificate.chain'),
      keyPassword: values.at('ssl.key.password'),
      trustStoreLocation: values.at('ssl.truststore.location'),
      trustStoreCertificates: values.at('ssl.truststore.certificates'),
      minVersion,
      maxVersion,
      verifyHostname: values.value('ssl.endpoint.identification.algorithm') !== '',
    },
    problems,
  )
}

function saslOf(values: ClientValues, own: OwnValues, problems: Problems): SaslSettings | undefined {
  const mechanism = values.value('sasl.mechanism')
  const protocolAt = values.at('security.protocol') as Assignment
  if (mechanism === undefined) {
    if (values.at('sasl.mechanism') === undefined) {
      problems.add('MISSING_VALUE', protocolAt, "needs sasl.mechanism (Kafka's default, GSSAPI, is not supported)")
    }
    return undefined
  }
  const at = values.at('sasl.jaas.config')
  const blamed = at ?? protocolAt
  try {
    if (at !== undefined) return { mechanism, ...credentials(parseJaasConfig(at.text), mechanism) }
    if (own('jaas.enabled')) {
      const options = Object.fromEntries(
        (['username', 'password'] as const).flatMap((name) => {
          const value = own(`jaas.options.${name}`)
          return value === undefined ? [] : [[name, value]]
        }),
      )
      return {
        mechanism,
        ...credentials({ loginModule: own('jaas.login-module') ?? 'no login module', options }, mechanism),
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    problems.add('INVALID_VALUE', blamed, error.message)
    return undefined
  }
  problems.add('MISSING_VALUE', protocolAt, 'needs sasl.jaas.config with username and password')
  return undefined
}
