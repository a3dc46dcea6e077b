import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { configOf, onlyProblemOf, refusalOf } from './configuration.ts'

const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule'
const SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule'

const file = (name: string) => join(import.meta.dirname, 'tls', name)
const pem = (name: string) => readFileSync(file(name), 'utf8')

const saslOf = (mechanism: string, jaas: string) =>
  configOf({
    'properties.security.protocol': 'SASL_PLAINTEXT',
    'properties.sasl.mechanism': mechanism,
    'properties.sasl.jaas.config': jaas,
  }).consumer.connection.sasl

const tlsOf = (keys: Record<string, string>) =>
  configOf({ 'security.protocol': 'SSL', ...keys }).consumer.connection.tls

describe('SASL', () => {
  test.each([
    ['PLAIN', `${PLAIN} required username="stocker" password="hunter2";`],
    ['PLAIN', `  ${PLAIN}   required\n username='stocker'\n password=hunter2 ; `],
    ['SCRAM-SHA-256', `${SCRAM} required username="stocker" password="hunter2";`],
    ['scram-sha-512', `${SCRAM} required password="hunter2" username="stocker" tokenauth="false";`],
  ])('%s takes user and password from %s', (mechanism, jaas) => {
    expect(saslOf(mechanism, jaas)).toEqual({
      mechanism: mechanism.toUpperCase(),
      username: 'stocker',
      password: 'hunter2',
    })
  })

  test('reads quotes, equals signs and semicolons inside of a quoted password', () => {
    expect(saslOf('PLAIN', `${PLAIN} required username="a" password="x=\\"1\\";\\\\";`)?.password).toBe('x="1";\\')
  })

  test.each([
    ['PLAIN', `${PLAIN} required username="a" password="b"`, 'end with a semicolon'],
    ['PLAIN', `${PLAIN} username="a" password="b";`, 'has to look like'],
    ['PLAIN', `${PLAIN} required username="a" password="b;`, 'has to look like'],
    ['PLAIN', `${PLAIN} required username="a";`, 'has to set username and password'],
    ['PLAIN', `${SCRAM} required username="a" password="b";`, 'is for SCRAM-SHA-256 and SCRAM-SHA-512, not for PLAIN'],
    ['SCRAM-SHA-256', 'com.example.Login required username="a" password="b";', 'only org.apache.kafka'],
  ])('%s with %s is refused', (mechanism, jaas, expected) => {
    const { message } = onlyProblemOf({
      'properties.security.protocol': 'SASL_PLAINTEXT',
      'properties.sasl.mechanism': mechanism,
      'properties.sasl.jaas.config': jaas,
    })

    expect(message).toContain('spring.kafka.properties.sasl.jaas.config=****** (value)')
    expect(message).toContain(expected)
  })

  test('takes user and password from the jaas keys of Spring', () => {
    const { sasl } = configOf({
      'security.protocol': 'SASL_PLAINTEXT',
      'properties.sasl.mechanism': 'PLAIN',
      'jaas.enabled': 'true',
      'jaas.login-module': PLAIN,
      'jaas.options.username': 'stocker',
      'jaas.options.password': 'hunter2',
    }).producer.connection

    expect(sasl).toEqual({ mechanism: 'PLAIN', username: 'stocker', password: 'hunter2' })
  })

  test('may differ from client to client', () => {
    const jaas = (user: string) => `${PLAIN} required username="${user}" password="p";`
    const { consumer, producer } = configOf({
      'security.protocol': 'SASL_PLAINTEXT',
      'properties.sasl.mechanism': 'PLAIN',
      'properties.sasl.jaas.config': jaas('all'),
      'consumer.properties.sasl.jaas.config': jaas('reader'),
    })

    expect(consumer.connection.sasl?.username).toBe('reader')
    expect(producer.connection.sasl?.username).toBe('all')
  })

  test.each([
    [{ 'security.protocol': 'SASL_SSL' }, 'needs sasl.mechanism'],
    [{ 'security.protocol': 'SASL_PLAINTEXT', 'properties.sasl.mechanism': 'PLAIN' }, 'needs sasl.jaas.config'],
    [
      { 'security.protocol': 'SASL_PLAINTEXT', 'properties.sasl.mechanism': 'GSSAPI' },
      'expected one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512',
    ],
  ])('%j lacks something', (keys, expected) => {
    expect(onlyProblemOf(keys).message).toContain(expected)
  })

  test('credentials under a protocol without login are a mistake, not ignored', () => {
    const { problems } = refusalOf({
      'properties.sasl.mechanism': 'PLAIN',
      'properties.sasl.jaas.config': `${PLAIN} required username="a" password="b";`,
    })

    expect(problems.map(({ message }) => message)).toEqual([
      'spring.kafka.properties.sasl.mechanism=PLAIN (value) has no effect: security.protocol is PLAINTEXT, without a login.',
      'spring.kafka.properties.sasl.jaas.config=****** (value) has no effect: security.protocol is PLAINTEXT, without a login.',
    ])
  })
})

describe('TLS', () => {
  test('without keys trusts the authorities of Node', () => {
    expect(tlsOf({})).toEqual({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' })
  })

  test('trusts the certificates of a PEM file or text', () => {
    expect(tlsOf({ 'ssl.trust-store-location': `file:${file('ca.pem')}` })?.ca).toEqual(readFileSync(file('ca.pem')))
    expect(tlsOf({ 'ssl.trust-store-certificates': pem('ca.pem') })?.ca).toBe(pem('ca.pem').trim())
  })

  test('shows a certificate of PEM text, of a PEM file, or of a PKCS12 file', () => {
    const text = tlsOf({
      'ssl.key-store-key': pem('client.key'),
      'ssl.key-store-certificate-chain': pem('client.pem'),
    })
    const pemFile = tlsOf({
      'ssl.key-store-location': file('client-encrypted.pem'),
      'ssl.key-store-type': 'PEM',
      'ssl.key-password': 'changeit',
    })
    const pkcs12 = tlsOf({ 'ssl.key-store-location': file('client.p12'), 'ssl.key-store-password': 'changeit' })

    expect(text).toMatchObject({ key: pem('client.key').trim(), cert: pem('client.pem').trim() })
    expect(pemFile).toMatchObject({ passphrase: 'changeit' })
    expect(pkcs12).toMatchObject({ pfx: readFileSync(file('client.p12')), passphrase: 'changeit' })
  })

  test('offers the versions that are enabled', () => {
    const versions = (keys: Record<string, string>) => {
      const tls = tlsOf(keys)
      return [tls?.minVersion, tls?.maxVersion]
    }

    expect(versions({ 'ssl.protocol': 'TLSv1.2' })).toEqual(['TLSv1.2', 'TLSv1.2'])
    expect(versions({ 'properties.ssl.enabled.protocols': 'TLSv1.3' })).toEqual(['TLSv1.3', 'TLSv1.3'])
  })

  test('does not check the name of the broker when the algorithm is empty', () => {
    const check = tlsOf({ 'properties.ssl.endpoint.identification.algorithm': '' })?.checkServerIdentity

    expect(check?.('anything', {} as never)).toBeUndefined()
    expect(tlsOf({ 'properties.ssl.endpoint.identification.algorithm': 'https' })?.checkServerIdentity).toBeUndefined()
  })

  test.each([
    [{ 'ssl.trust-store-location': file('trust.jks') }, 'is a JKS file', 'keytool -exportcert -rfc'],
    [{ 'ssl.trust-store-location': file('trust.p12') }, 'is a PKCS12 file', 'openssl pkcs12 -in store.p12 -nokeys'],
    [{ 'ssl.key-store-location': file('trust.jks') }, 'is a JKS file', '-deststoretype PKCS12'],
    [{ 'ssl.trust-store-location': '/nowhere.pem' }, 'cannot be read', 'ENOENT'],
    [{ 'ssl.trust-store-location': 'classpath:trust.pem' }, 'is on a class path', 'name a file'],
    [
      { 'ssl.key-store-location': file('client.p12'), 'ssl.key-store-password': 'wrong' },
      'cannot be used (mac verify failure)',
      'check the file and its password',
    ],
    [{ 'ssl.key-store-location': file('client.pem') }, 'cannot be used', 'check the file and its password'],
    [{ 'ssl.key-store-key': 'x' }, 'needs both a private key and its certificate chain', 'ssl.key-store-key=******'],
    [
      { 'ssl.trust-store-location': file('ca.pem'), 'ssl.trust-store-certificates': pem('ca.pem') },
      'cannot stand beside certificates given as PEM text',
      'keep one',
    ],
    [
      { 'ssl.key-store-location': file('client.p12'), 'ssl.key-store-key': pem('client.key') },
      'cannot stand beside a key or certificate chain',
      'keep one',
    ],
    [{ 'properties.ssl.enabled.protocols': 'TLSv1.1' }, 'expected TLSv1.2, TLSv1.3 or both', ''],
    [{ 'properties.ssl.enabled.protocols': 'TLSv1.3', 'ssl.protocol': 'TLSv1.2' }, 'leaves no version of TLS', ''],
    [{ 'ssl.bundle': 'kafka' }, 'there are no SSL bundles here', 'ssl.key-store-*'],
    [{ 'ssl.trust-store-password': 'x' }, 'a PEM trust store has no password', '******'],
  ])('%j is refused', (keys, expected, remedy) => {
    const { message } = onlyProblemOf({ 'security.protocol': 'SSL', ...keys })

    expect(message).toContain(expected)
    expect(message).toContain(remedy)
  })

  test('keys under a protocol without TLS are a mistake, not ignored', () => {
    expect(onlyProblemOf({ 'ssl.trust-store-location': file('ca.pem') }).message).toContain(
      'has no effect: security.protocol is PLAINTEXT, without TLS',
    )
  })
})
