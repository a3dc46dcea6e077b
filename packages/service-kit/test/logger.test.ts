import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { recordingLogger } from './http-fixture.ts'

test('a line is JSON with level, time and service in words', () => {
  const { logger, lines } = recordingLogger('order-service')

  logger.info({ orderId: 'o-1' }, 'placed')

  expect(lines).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      service: 'order-service',
      orderId: 'o-1',
      msg: 'placed',
    },
  ])
})

test.each(['paymentToken', 'password', 'secret', 'authorization', 'cookie'])('%s never reaches the log', (name) => {
  const { logger, lines } = recordingLogger()

  logger.info({ [name]: 'hunter2', body: { [name]: 'hunter2', inner: { [name]: 'hunter2' } } }, 'x')
  logger.child({ [name]: 'hunter2' }).info({}, 'y')

  expect(JSON.stringify(lines)).not.toContain('hunter2')
  expect(JSON.stringify(lines)).toContain('[masked]')
})

test('an error is logged with its causes', () => {
  const { logger, lines } = recordingLogger()

  logger.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed')

  expect(lines[0]).toMatchObject({ err: { type: 'Error', message: 'outer', cause: { message: 'inner' } } })
})

test('what was logged before the process exits is written', async () => {
  const index = new URL('../src/logging/create-logger.ts', import.meta.url).href
  const script = `
    import { createLogger } from ${JSON.stringify(index)}
    const logger = createLogger({ service: 's' })
    for (let n = 0; n < 2000; n += 1) logger.info({ n, padding: 'x'.repeat(100) }, 'line')
    process.exit(0)`

  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    maxBuffer: 1e7,
  })

  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).n),
  ).toEqual(Array.from({ length: 2000 }, (_, n) => n))
})
