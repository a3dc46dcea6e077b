import { loadProperties } from '@stocker/properties'
import { describe, expect, test } from 'vitest'
import { createLogger } from '../../src/logging/create-logger.ts'
import { readTokenRules } from '../../src/security/security-config.ts'
import { readServiceConfig } from '../../src/service/service-config.ts'
import { gateOf } from '../../src/service/service-gate.ts'
import { recordingLogger } from '../http-fixture.ts'

const JWT = 'spring.security.oauth2.resourceserver.jwt'
const read = (values: Record<string, string>, environment: Record<string, string> = {}) =>
  readTokenRules(loadProperties({ values, environment }))

describe('the rules for tokens', () => {
  test('are Spring Boot’s properties, also from the environment', () => {
    expect(
      read(
        { [`${JWT}.issuer-uri`]: 'https://id.test', [`${JWT}.audiences`]: 'shop, warehouse' },
        { SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_JWK_SET_URI: 'file:/etc/keys.json' },
      ),
    ).toEqual({
      issuerUri: 'https://id.test',
      jwkSetUri: 'file:/etc/keys.json',
      audiences: ['shop', 'warehouse'],
      algorithms: ['RS256', 'ES256', 'EdDSA'],
      subjectClaim: 'sub',
      rolesClaim: 'roles',
    })
  })

  test.each([
    ['keys without an issuer', { [`${JWT}.jwk-set-uri`]: 'https://id.test/keys' }, `${JWT}.issuer-uri is not set`],
    ['an issuer without an audience', { [`${JWT}.issuer-uri`]: 'https://id.test' }, `${JWT}.audiences is not set`],
    ['keys at no address', { [`${JWT}.jwk-set-uri`]: 'keys.json' }, 'expected http:, https: or file: URI'],
    [
      'a signature that whoever checks it could make',
      { [`${JWT}.issuer-uri`]: 'x', [`${JWT}.audiences`]: 'a', [`${JWT}.jws-algorithms`]: 'RS256,HS256' },
      `${JWT}.jws-algorithms=HS256`,
    ],
    ['a misspelt key', { [`${JWT}.issuer-url`]: 'https://id.test' }, `did you mean ${JWT}.issuer-uri?`],
  ])('are refused with %s', (_what, values, message) => {
    expect(() => read(values)).toThrow(message)
  })
})

describe('a service without an issuer of tokens', () => {
  const config = (host: string) =>
    readServiceConfig(
      loadProperties({
        values: {
          'server.address': host,
          'spring.datasource.url': 'postgres://a:b@db/shop',
          'spring.kafka.bootstrap-servers': 'broker:9092',
        },
      }),
      { name: 'shop' },
    )

  test.each(['127.0.0.1', 'localhost', '::1', '127.1.2.3'])('is open on %s, and says so once', (host) => {
    const { logger, lines } = recordingLogger('shop')
    expect(gateOf('shop', config(host), logger)).toBeUndefined()
    expect(lines).toMatchObject([{ level: 'warn', msg: expect.stringContaining('nobody is asked for a token') }])
  })

  test.each(['0.0.0.0', '::', '192.168.1.7', '127.0.0.1.example.com', 'shop.example.com'])(
    'does not start on %s',
    (host) => {
      expect(() => gateOf('shop', config(host), createLogger({ service: 'shop', level: 'silent' }))).toThrow(
        `shop would listen on ${host} and ask nobody for a token: set spring.security.oauth2.resourceserver.jwt.issuer-uri`,
      )
    },
  )
})
