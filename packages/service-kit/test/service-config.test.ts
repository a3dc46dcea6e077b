import { loadProperties } from '@stocker/properties'
import { expect, test } from 'vitest'
import { readServiceConfig } from '../src/service/service-config.ts'

const read = (values: Record<string, string>, environment: Record<string, string> = {}) =>
  readServiceConfig(
    loadProperties({
      values: {
        'spring.datasource.url': 'postgres://shop:pw@db:5433/orders',
        'spring.kafka.bootstrap-servers': 'broker:9092',
        ...values,
      },
      environment,
    }),
    { name: 'order-service' },
  )

test('what is not set has a default', () => {
  expect(read({})).toMatchObject({
    http: { host: '127.0.0.1', port: 8080 },
    database: { url: 'postgres://shop:pw@db:5433/orders', poolSize: 8 },
    kafka: { bootstrapServers: ['broker:9092'], clientId: 'order-service' },
    logLevel: 'info',
    shutdownTimeoutMs: 20_000,
  })
})

test('the environment wins, by Spring’s names', () => {
  const config = read(
    { 'server.port': '8082' },
    { SERVER_PORT: '9000', SPRING_DATASOURCE_URL: 'postgres://a:b@c/d', LOGGING_LEVEL_ROOT: 'DEBUG' },
  )

  expect(config).toMatchObject({ http: { port: 9000 }, database: { url: 'postgres://a:b@c/d' }, logLevel: 'debug' })
})

test('a JDBC URL with user and password beside it is understood', () => {
  const config = read({
    'spring.datasource.url': 'jdbc:postgresql://db:5432/orders',
    'spring.datasource.username': 'shop',
    'spring.datasource.password': 'p@ss/word',
  })

  expect(config.database.url).toBe('postgresql://shop:p%40ss%2Fword@db:5432/orders')
})

test.each([
  ['server.prot', /server\.prot \(value\) is not a known key: did you mean server\.port\?/],
  ['spring.datasource.urll', /did you mean spring\.datasource\.url\?/],
  ['spring.kafka.consumer.grup-id', /spring\.kafka\.consumer\.group-id/],
])('a misspelt %s is refused with the key that was meant', (key, message) => {
  expect(() => read({ [key]: 'x' })).toThrow(message)
})

test('variables of the environment that merely begin like ours are left alone', () => {
  expect(read({}, { SERVER_NAME: 'x', SERVER_SERVICE_HOST: 'y' }).http.port).toBe(8080)
})
