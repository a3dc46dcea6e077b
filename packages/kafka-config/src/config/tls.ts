import { readFileSync } from 'node:fs'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { createSecureContext } from 'node:tls'
import type { Assignment, Problems } from './problems.ts'

/** What the tls options are made of; each with the place where it was set. */
export interface TlsSources {
  readonly keyStoreLocation?: Assignment | undefined
  readonly keyStorePassword?: Assignment | undefined
  readonly keyStoreKey?: Assignment | undefined
  readonly keyStoreCertificateChain?: Assignment | undefined
  readonly keyPassword?: Assignment | undefined
  readonly trustStoreLocation?: Assignment | undefined
  readonly trustStoreCertificates?: Assignment | undefined
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3'
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
  readonly verifyHostname: boolean
}

/** Options for node:tls, or undefined when something is wrong, which is in `problems` then. */
export function tlsOptions(sources: TlsSources, problems: Problems): TlsOptions | undefined {
  const identity = identityOptions(sources, problems)
  const trust = trustOptions(sources, problems)
  if (identity === undefined || trust === undefined) return undefined
  const options: TlsOptions = {
    ...identity,
    ...trust,
    minVersion: sources.minVersion,
    maxVersion: sources.maxVersion,
    ...(!sources.verifyHostname && { checkServerIdentity: () => undefined }),
  }
  const blamed =
    sources.keyStoreLocation ?? sources.keyStoreKey ?? sources.trustStoreLocation ?? sources.trustStoreCertificates
  try {
    createSecureContext(options)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (blamed === undefined) throw error
    problems.add('UNREADABLE_FILE', blamed, `cannot be used (${reason}): check the file and its password`)
    return undefined
  }
  return options
}

function identityOptions(sources: TlsSources, problems: Problems): TlsOptions | undefined {
  const { keyStoreLocation: location, keyStoreKey: key, keyStoreCertificateChain: chain } = sources
  const passphrase = sources.keyPassword?.text
  if (location !== undefined && (key ?? chain) !== undefined) {
    problems.add(
      'INVALID_VALUE',
      location,
      'cannot stand beside a key or certificate chain given as PEM text: keep one',
    )
    return undefined
  }
  if (key !== undefined || chain !== undefined) {
    if (key === undefined || chain === undefined) {
      const only = (key ?? chain) as Assignment
      problems.add('INVALID_VALUE', only, 'needs both a private key and its certificate chain')
      return undefined
    }
    return { key: key.text, cert: chain.text, ...(passphrase !== undefined && { passphrase }) }
  }
  if (location === undefined) return {}
  const bytes = readStore(location, problems)
  if (bytes === undefined) return undefined
  const password = sources.keyStorePassword?.text
  switch (storeType(bytes)) {
    case 'PKCS12':
      return { pfx: bytes, ...(password !== undefined && { passphrase: password }) }
    case 'PEM': {
      const phrase = passphrase ?? password
      return { key: bytes, cert: bytes, ...(phrase !== undefined && { passphrase: phrase }) }
    }
    default:
      problems.add(
        'INVALID_VALUE',
        location,
        'is a JKS file, which Node cannot read: convert it with `keytool -importkeystore -srckeystore old.jks -destkeystore new.p12 -deststoretype PKCS12`',
      )
      return undefined
  }
}

function trustOptions(sources: TlsSources, problems: Problems): TlsOptions | undefined {
  const { trustStoreLocation: location, trustStoreCertificates: certificates } = sources
  if (location !== undefined && certificates !== undefined) {
    problems.add('INVALID_VALUE', location, 'cannot stand beside certificates given as PEM text: keep one')
    return undefined
  }
  if (certificates !== undefined) return { ca: certificates.text }
  if (location === undefined) return {}
  const bytes = readStore(location, problems)
  if (bytes === undefined) return undefined
  const type = storeType(bytes)
  if (type === 'PEM') return { ca: bytes }
  const convert =
    type === 'PKCS12'
      ? '`openssl pkcs12 -in store.p12 -nokeys -out trust.pem`'
      : '`keytool -exportcert -rfc -keystore store.jks -alias <alias> -file trust.pem`'
  problems.add(
    'INVALID_VALUE',
    location,
    `is a ${type} file, from which Node reads no trusted certificates: export them as PEM with ${convert}`,
  )
  return undefined
}

function readStore(location: Assignment, problems: Problems): Buffer | undefined {
  if (location.text.startsWith('classpath:')) {
    problems.add('INVALID_VALUE', location, 'is on a class path, and there is none here: name a file')
    return undefined
  }
  try {
    return readFileSync(location.text.replace(/^file:(\/\/(?=\/))?/, ''))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    problems.add('UNREADABLE_FILE', location, `cannot be read (${reason})`)
    return undefined
  }
}

/** By content, as Java does since 9 for stores of type JKS: 0xFEEDFEED is JKS, an ASN.1 sequence PKCS12. */
function storeType(bytes: Buffer): 'JKS' | 'PKCS12' | 'PEM' {
  if (bytes.length >= 4 && bytes.readUInt32BE(0) === 0xfeedfeed) return 'JKS'
  return bytes[0] === 0x30 ? 'PKCS12' : 'PEM'
}
