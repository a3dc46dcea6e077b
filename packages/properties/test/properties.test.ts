import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { Properties, PropertiesSources } from '../src/index.ts'
import { loadProperties, PropertiesError } from '../src/index.ts'

const folders: string[] = []

function givenFile(...lines: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'properties-'))
  folders.push(folder)
  const path = join(folder, 'application.properties')
  writeFileSync(path, lines.join('\n'))
  return path
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function refusalOf(sources: PropertiesSources): PropertiesError {
  try {
    loadProperties(sources)
  } catch (error) {
    if (error instanceof PropertiesError) return error
    throw error
  }
  throw new Error('The properties were accepted.')
}

describe('a properties file', () => {
  test('is read by the rules of java.util.Properties', () => {
    const file = givenFile(
      '# a comment',
      '! another one',
      'equals = a=b:c',
      'colon: value',
      'continued = one, \\',
      '            two',
      'escaped\\ key=tab\\there',
      'unicode=\\u00e9 é',
      'empty=',
    )

    const properties = loadProperties({ files: [file] })

    expect(properties.keys()).toEqual(['equals', 'colon', 'continued', 'escaped key', 'unicode', 'empty'])
    expect(properties.get('equals')).toBe('a=b:c')
    expect(properties.get('colon')).toBe('value')
    expect(properties.get('continued')).toBe('one, two')
    expect(properties.get('escaped key')).toBe('tab\there')
    expect(properties.get('unicode')).toBe('é é')
    expect(properties.get('empty')).toBe('')
    expect(properties.get('absent')).toBeUndefined()
  })

  test.each([
    ['unix', '\n'],
    ['windows', '\r\n'],
  ])('tells the line of each key, with %s line ends', (_name, lineEnd) => {
    const lines = ['# comment', '', 'a=1', 'b=1 \\', '  2', 'c=3'].join(lineEnd)

    const properties = loadProperties({ files: [givenFile(lines)] })

    expect(['a', 'b', 'c'].map((key) => properties.origin(key)?.split(':').at(-1))).toEqual(['3', '4', '6'])
  })

  test('starts after a byte order mark', () => {
    expect(loadProperties({ files: [givenFile('\uFEFFa=1')] }).get('a')).toBe('1')
  })

  test('that is missing is named', () => {
    const error = refusalOf({ files: ['/nowhere/application.properties'] })

    expect(error.code).toBe('UNREADABLE_FILE')
    expect(error.message).toContain('/nowhere/application.properties')
    expect(error.cause).toBeInstanceOf(Error)
  })

  test('wins over an earlier one, and its last line over its first', () => {
    const properties = loadProperties({ files: [givenFile('a=1', 'b=1'), givenFile('b=2', 'b=3')] })

    expect(properties.get('a')).toBe('1')
    expect(properties.get('b')).toBe('3')
    expect(properties.origin('b')).toMatch(/application\.properties:2$/)
  })
})

describe('the order of the sources', () => {
  const file = () => givenFile('server.port=1', 'only.file=file')

  test('is values, files, environment, overrides', () => {
    const values = { 'server.port': '0', 'only.value': 'value' }
    const environment = { SERVER_PORT: '2' }

    const withoutEnvironment = loadProperties({ values, files: [file()] })
    const withEnvironment = loadProperties({ values, files: [file()], environment })
    const withOverride = withEnvironment.with({ 'server.port': '3' })

    expect(withoutEnvironment.get('server.port')).toBe('1')
    expect(withEnvironment.get('server.port')).toBe('2')
    expect(withOverride.get('server.port')).toBe('3')
    expect(withOverride.get('only.file')).toBe('file')
    expect(withOverride.get('only.value')).toBe('value')
    expect(withEnvironment.get('server.port'), 'unchanged by with()').toBe('2')
  })

  test('shows in the origin', () => {
    const properties = loadProperties({
      values: { a: '1' },
      files: [file()],
      environment: { SERVER_PORT: '2' },
      overrides: { c: '3' },
    })

    expect(properties.origin('a')).toBe('value')
    expect(properties.origin('only.file')).toMatch(/application\.properties:2$/)
    expect(properties.origin('server.port')).toBe('environment SERVER_PORT')
    expect(properties.origin('c')).toBe('override')
    expect(properties.origin('absent')).toBeUndefined()
  })
})

describe('relaxed names', () => {
  test.each([
    ['spring.kafka.consumer.group-id'],
    ['spring.kafka.consumer.groupId'],
    ['spring.kafka.consumer.group_id'],
    ['SPRING.KAFKA.CONSUMER.GROUP-ID'],
  ])('%s is the same key', (written) => {
    const properties = loadProperties({ values: { [written]: 'orders' } })

    expect(properties.get('spring.kafka.consumer.group-id')).toBe('orders')
    expect(properties.get('spring.kafka.consumer.groupId')).toBe('orders')
  })

  test('dots count: group.id is not group-id', () => {
    expect(loadProperties({ values: { 'consumer.group.id': 'x' } }).get('consumer.group-id')).toBeUndefined()
  })

  test.each([
    ['SPRING_KAFKA_BOOTSTRAP_SERVERS'],
    ['SPRING_KAFKA_BOOTSTRAPSERVERS'],
    ['spring_kafka_bootstrap_servers'],
    ['spring.kafka.bootstrap-servers'],
  ])('the environment variable %s sets spring.kafka.bootstrap-servers', (variable) => {
    const properties = loadProperties({
      values: { 'spring.kafka.bootstrap-servers': 'localhost:9092' },
      environment: { [variable]: 'kafka:9092', UNSET: undefined },
    })

    expect(properties.get('spring.kafka.bootstrap-servers')).toBe('kafka:9092')
    expect(properties.origin('spring.kafka.bootstrap-servers')).toBe(`environment ${variable}`)
  })

  test('a map key keeps its dots, in brackets or not', () => {
    const dotted = loadProperties({ values: { 'a.properties.spring.json.trusted.packages': '*' } })
    const bracketed = loadProperties({ values: { 'a.properties[spring.json.trusted.packages]': '*' } })

    for (const properties of [dotted, bracketed]) {
      expect(properties.get('a.properties.spring.json.trusted.packages')).toBe('*')
      expect([...properties.entries('a.properties')]).toEqual([['spring.json.trusted.packages', '*']])
    }
  })
})

describe('entries below a prefix', () => {
  const entriesOf = (properties: Properties, ...known: readonly string[]) =>
    Object.fromEntries(properties.entries('spring.kafka', known))

  test('have their keys as written, other prefixes left out', () => {
    const properties = loadProperties({
      values: {
        'spring.kafka.clientId': 'c',
        'spring.kafkaesque.x': '1',
        'server.port': '1',
        'spring.kafka': 'no key',
      },
    })

    expect(entriesOf(properties)).toEqual({ clientId: 'c' })
  })

  test('are handed out under the name that is known, in whatever way they are set', () => {
    const properties = loadProperties({
      values: { 'spring.kafka.clientId': 'c' },
      environment: { SPRING_KAFKA_CONSUMER_GROUP_ID: 'g', SPRING_KAFKA_CONSUMER_MAXPOLLRECORDS: '5' },
    })

    expect(entriesOf(properties, 'client-id', 'consumer.group-id', 'consumer.max-poll-records')).toEqual({
      'client-id': 'c',
      'consumer.group-id': 'g',
      'consumer.max-poll-records': '5',
    })
  })

  test('include map keys of the environment, in lower case and with dots', () => {
    const properties = loadProperties({
      environment: {
        SPRING_KAFKA_CONSUMER_PROPERTIES_SPRING_JSON_TRUSTED_PACKAGES: 'com.stocker.*',
        SPRINGKAFKA_X: 'another name',
        HOME: '/',
      },
    })

    expect(entriesOf(properties)).toEqual({ 'consumer.properties.spring.json.trusted.packages': 'com.stocker.*' })
  })

  test('take the value of the environment under the key that the file wrote', () => {
    const properties = loadProperties({
      values: { 'spring.kafka.consumer.properties[session.timeout.ms]': '1' },
      environment: { SPRING_KAFKA_CONSUMER_PROPERTIES_SESSION_TIMEOUT_MS: '2' },
    })

    expect(entriesOf(properties)).toEqual({ 'consumer.properties.session.timeout.ms': '2' })
  })

  test('are overridden in any spelling', () => {
    const properties = loadProperties({
      values: { 'spring.kafka.client-id': 'a' },
      overrides: { 'spring.kafka.clientId': 'b' },
    })

    expect(entriesOf(properties)).toEqual({ 'client-id': 'b' })
  })
})

describe('placeholders', () => {
  const resolved = (values: Record<string, string>, environment: Record<string, string> = {}) =>
    loadProperties({ values, environment }).get('key')

  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: these are the placeholders under test
  test.each<[string, Record<string, string>, Record<string, string>, string]>([
    ['an environment variable', { key: '${KAFKA_HOST}:9092' }, { KAFKA_HOST: 'kafka' }, 'kafka:9092'],
    ['an empty environment variable', { key: '[${KAFKA_HOST:x}]' }, { KAFKA_HOST: '' }, '[]'],
    ['a default', { key: '${KAFKA_HOST:localhost}' }, {}, 'localhost'],
    ['a default with a colon', { key: '${SERVERS:a:1,b:2}' }, {}, 'a:1,b:2'],
    ['an empty default', { key: 'x${NOTHING:}y' }, {}, 'xy'],
    ['several', { key: '${A:1}-${B:2}' }, { B: '3' }, '1-3'],
    ['another property', { key: 'jdbc ${db.host}', 'db.host': 'h' }, {}, 'jdbc h'],
    ['another property in another spelling', { key: '${db.host-name}', 'db.hostName': 'h' }, {}, 'h'],
    ['a property that the environment sets', { key: '${db.host}', 'db.host': 'h' }, { DB_HOST: 'e' }, 'e'],
    ['a default inside of a default', { key: '${A:${B:c}}d' }, {}, 'cd'],
    ['a name made of a placeholder', { key: '${${stage}.url}', stage: 'test', 'test.url': 'u' }, {}, 'u'],
    ['a chain', { key: '${a}', a: '${b}', b: '${C:end}' }, {}, 'end'],
    ['the same one twice', { key: '${a}${a}', a: '1' }, {}, '11'],
    ['an escaped one', { key: '\\${a}', a: '1' }, {}, '${a}'],
    ['one that is not closed', { key: '${a', a: '1' }, {}, '${a'],
    ['a dollar sign alone', { key: '5$ {a}' }, {}, '5$ {a}'],
    ['a variable that is called like its key', { key: '${KEY:8080}' }, {}, '8080'],
  ])('%s', (_name, values, environment, expected) => {
    expect(resolved(values, environment)).toBe(expected)
  })

  test('without value or default are refused with key, place and remedy', () => {
    const error = refusalOf({ values: { 'db.url': 'postgres://${DB_HOST}/x' } })

    expect(error.code).toBe('UNRESOLVED_PLACEHOLDER')
    expect(error.message).toBe(
      'db.url=postgres://${DB_HOST}/x (value) uses ${DB_HOST}, which is not set: ' +
        'set the environment variable or property DB_HOST, or give a default: ${DB_HOST:default}.',
    )
  })

  test.each([[{ a: '${a}' }], [{ a: '${b}', b: '${a}' }], [{ a: '${B:${c}}', c: 'x${a}' }]])(
    'in a circle are refused: %j',
    (values) => {
      const error = refusalOf({ values })

      expect(error.problems.map((problem) => problem.code)).toEqual(
        Object.keys(values).map(() => 'CIRCULAR_PLACEHOLDER'),
      )
    },
  )

  test('are refused all at once, secrets masked', () => {
    const error = refusalOf({ values: { a: '${NO_A}', 'db.password': 'hunter2${NO_B}', ok: '1' } })

    expect(error.code).toBe('INVALID_PROPERTIES')
    expect(error.problems.map((problem) => problem.key)).toEqual(['a', 'db.password'])
    expect(error.message).not.toContain('hunter2')
  })

  test('of a variable that nothing asks for are left alone', () => {
    const properties = loadProperties({ values: { a: '1' }, environment: { PS1: '${debian_chroot}$ ' } })

    expect(properties.get('a')).toBe('1')
  })
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: end
})
