import { describe, expect, test } from 'vitest'
import { readDemoCommand } from '../src/demo-command.ts'
import { readStartCommand } from '../src/start-command.ts'
import { topology } from '../src/topology.ts'

const read = (line: string, environment: Record<string, string> = {}) =>
  readStartCommand(line.split(' ').filter(Boolean), environment, topology)

describe('npm start', () => {
  test('without flags uses the default ports and moves away from taken ones', async () => {
    const { options, dataDir, json, demo } = await read('')

    expect(options).toMatchObject({
      kafkaPort: { preferred: 9092 },
      postgresPort: { preferred: 54320 },
      portBase: { preferred: 8080 },
    })
    expect({ dataDir, json, demo }).toEqual({ dataDir: '.data', json: false, demo: undefined })
  })

  test('takes a port that is named exactly as it is', async () => {
    expect((await read('--kafka-port 19092 --port-base=0')).options).toMatchObject({ kafkaPort: 19092, portBase: 0 })
  })

  test.each([
    ['--kafka-prt 1', 'unknown flag --kafka-prt; did you mean --kafka-port?'],
    ['--freshh', 'unknown flag --freshh; did you mean --fresh?'],
    ['--data', '--data needs a value: --data <dir>'],
    ['--fresh=yes', '--fresh takes no value'],
    ['--kafka-port abc', '--kafka-port is "abc"; expected a port from 0 to 65535'],
    ['--postgres-port 70000', '--postgres-port is "70000"; expected a port from 0 to 65535'],
    ['fresh', '"fresh" is not expected here; flags begin with --'],
    ['--demo --no-demo', '--demo and --no-demo exclude each other'],
    ['--external', '--external needs SPRING_KAFKA_BOOTSTRAP_SERVERS=host:port or --kafka host:port'],
    ['--kafka broker', '"broker" is no broker address; expected host:port'],
    ['--topology nowhere.ts', '--topology nowhere.ts cannot be loaded'],
  ])('refuses %s and says why', async (line, message) => {
    await expect(read(line)).rejects.toMatchObject({
      code: 'USAGE',
      exitCode: 2,
      message: expect.stringContaining(message),
    })
  })

  test('uses addresses from the environment only when it is told to', async () => {
    const environment = { SPRING_KAFKA_BOOTSTRAP_SERVERS: 'kafka:9092', DATABASE_URL: 'postgres://me:pw@db/postgres' }

    expect((await read('--external', environment)).options.external).toEqual({
      kafka: 'kafka:9092',
      postgres: 'postgres://me:pw@db/postgres',
    })
    const without = await read('', environment)
    expect(without.options.external).toEqual({})
    expect(without.notices).toEqual([
      'SPRING_KAFKA_BOOTSTRAP_SERVERS and DATABASE_URL are set, but used only with --external',
    ])
  })

  test('places a demo order with --json only when it is asked for', async () => {
    expect((await read('--json')).demo).toBe(false)
    expect((await read('--json --demo')).demo).toBe(true)
    expect((await read('--no-demo')).demo).toBe(false)
  })
})

describe('npm run demo', () => {
  test('takes a scenario and addresses', async () => {
    const command = await readDemoCommand([
      'cart-to-delivery',
      '--url',
      'order-service=http://h:1/',
      '--url',
      'cart-service=http://h:2',
    ])

    expect(command.scenario).toBe('cart-to-delivery')
    expect([...command.urls]).toEqual([
      ['order-service', 'http://h:1'],
      ['cart-service', 'http://h:2'],
    ])
  })

  test('refuses an address without its service', async () => {
    await expect(readDemoCommand(['--url', 'http://h:1'])).rejects.toMatchObject({ code: 'USAGE' })
  })
})
