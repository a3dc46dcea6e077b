import { describe, expect, test } from 'vitest'
import type { ReadOptions, Settings } from '../src/index.ts'
import {
  boolean,
  choice,
  decimal,
  defaultsOf,
  duration,
  integer,
  list,
  loadProperties,
  PropertiesError,
  readProperties,
  size,
  text,
} from '../src/index.ts'

function refusalOf(values: Record<string, string>, schema: Settings, options?: ReadOptions): PropertiesError {
  try {
    readProperties(loadProperties({ values }), schema, options)
  } catch (error) {
    if (error instanceof PropertiesError) return error
    throw error
  }
  throw new Error('The values were accepted.')
}

describe('typed values', () => {
  test('are read from their text', () => {
    const properties = loadProperties({
      values: {
        'server.port': ' 8082 ',
        'server.name': 'orders ',
        'courier.delay': '1.5s',
        'body.limit': '64KB',
        'demo.enabled': 'TRUE',
        'tax.rate': '0.19',
        'demo.tokens': 'tok_ok, tok_declined,,',
        'log.level': 'WARN',
      },
    })

    const values = readProperties(properties, {
      port: integer('server.port'),
      name: text('server.name'),
      delayMs: duration('courier.delay'),
      bodyLimit: size('body.limit'),
      demo: boolean('demo.enabled'),
      taxRate: decimal('tax.rate'),
      tokens: list('demo.tokens'),
      level: choice('log.level', ['debug', 'info', 'warn']),
    })

    const typed: { port: number; level: 'debug' | 'info' | 'warn'; tokens: readonly string[] } = values
    expect(typed).toEqual({
      port: 8082,
      name: 'orders ',
      delayMs: 1500,
      bodyLimit: 65_536,
      demo: true,
      taxRate: 0.19,
      tokens: ['tok_ok', 'tok_declined'],
      level: 'warn',
    })
    expect(Object.isFrozen(values)).toBe(true)
  })

  test('fall back to their default, and are undefined when optional', () => {
    const properties = loadProperties({ values: { empty: ' ', note: '' } })

    const values = readProperties(properties, {
      port: integer('server.port', { default: 8082 }),
      url: text('db.url', { optional: true }),
      limit: integer('empty', { default: 3 }),
      note: text('note', { optional: true }),
    })

    expect(values).toEqual({ port: 8082, url: undefined, limit: 3, note: '' })
  })

  test.each<[string, string, Settings[string]]>([
    ['12x', 'integer', integer('key')],
    ['1.5', 'integer', integer('key')],
    ['9007199254740993', 'integer', integer('key')],
    ['65536', 'integer, 0 to 65535', integer('key', { min: 0, max: 65_535 })],
    ['-1', 'integer, at least 0', integer('key', { min: 0 })],
    ['11', 'integer, at most 10', integer('key', { max: 10 })],
    ['1e3', 'number', decimal('key')],
    ['maybe', 'true or false', boolean('key')],
    ['10 parsecs', 'a duration such as 500ms, 10s, 5m, or a number of s', duration('key', { unit: 's' })],
    ['10ms', 'duration, at least 100 ms', duration('key', { min: 100 })],
    ['64XB', 'a size such as 512KB, 1MB, or a number of bytes', size('key')],
    ['2MB', 'size, at most 1048576 B', size('key', { max: 1_048_576 })],
    ['orange', 'one of red, green', choice('key', ['red', 'green'])],
    ['a b', 'text like ^\\S+$', text('key', { pattern: /^\S+$/ })],
  ])('%s is refused where %s is expected', (value, expected, setting) => {
    const error = refusalOf({ key: value }, { setting })

    expect(error.code).toBe('INVALID_VALUE')
    expect(error.message).toBe(`key=${value} (value) is not valid: expected ${expected}.`)
    expect(error.problems[0]).toMatchObject({ key: 'key', value, origin: 'value', expected })
  })
})

describe('a problem', () => {
  test('is reported with all the others', () => {
    const error = refusalOf(
      { 'server.port': 'x', 'server.prot': '1' },
      { port: integer('server.port'), url: text('db.url'), host: text('server.host', { default: 'h' }) },
      { ownPrefixes: ['server'] },
    )

    expect(error.code).toBe('INVALID_PROPERTIES')
    expect(error.message.split('\n')).toEqual([
      'server.port=x (value) is not valid: expected integer.',
      'db.url is not set: expected text.',
      'server.prot (value) is not a known key: did you mean server.port?',
    ])
  })

  test('of a missing key names the one that may have been meant', () => {
    const error = refusalOf({ 'database.ulr': 'x' }, { url: text('database.url') })

    expect(error.code).toBe('MISSING_VALUE')
    expect(error.problems[0]?.nearest).toBe('database.ulr')
    expect(error.message).toContain('Did you misspell it as database.ulr (value)?')
  })

  test('is also a required text that is empty', () => {
    expect(refusalOf({ 'database.url': '' }, { url: text('database.url') }).code).toBe('MISSING_VALUE')
  })

  test('hides what is secret', () => {
    const error = refusalOf({ 'db.password': 'hunter 2' }, { password: text('db.password', { pattern: /^\S+$/ }) })

    expect(error.message).not.toContain('hunter')
    expect(error.problems[0]?.value).toBe('******')
  })

  test('is an unknown key in the environment, by the name of its variable', () => {
    const properties = loadProperties({ environment: { SERVER_PROT: '1', SERVER_PORT: '2' } })

    expect(() => readProperties(properties, { port: integer('server.port') }, { ownPrefixes: ['server'] })).toThrow(
      'server.prot (environment SERVER_PROT) is not a known key: did you mean server.port?',
    )
  })
})

test('a setting describes itself for tables', () => {
  const {
    key,
    type,
    required,
    default: fallback,
    description,
  } = integer('server.port', {
    default: 8082,
    min: 0,
    description: 'Where HTTP is served.',
  })

  expect({ key, type, required, fallback, description }).toEqual({
    key: 'server.port',
    type: 'integer, at least 0',
    required: false,
    fallback: 8082,
    description: 'Where HTTP is served.',
  })
})

test('settings have their defaults without any properties', () => {
  const schema = { waitMs: duration('wait', { default: 500 }), name: text('name', { optional: true }) }
  expect(defaultsOf(schema)).toEqual({ waitMs: 500, name: undefined })
})
