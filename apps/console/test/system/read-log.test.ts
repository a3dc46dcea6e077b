import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { maskerOf } from '../../src/access/masking.ts'
import { createLogFiles } from '../../src/system/logs/log-files.ts'

const ORDER = '01a21cb7-43e6-7f58-a498-1d47a4e6daae'
const OPERATOR = maskerOf('operator')
const time = (second: number): string => new Date(Date.UTC(2026, 10, 27, 10, 0, second)).toISOString()

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'logs-'))
})
afterEach(() => rm(directory, { recursive: true }))

const write = (lines: readonly (object | string)[], service = 'order-service') =>
  writeFile(
    join(directory, `${service}.ndjson`),
    lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''),
  )
const read = (query: object = {}) => createLogFiles(directory).read('order-service', { limit: 100, ...query }, OPERATOR)

describe('the log of a service', () => {
  it('is shown with the newest line first; what is no line of a log is passed over', async () => {
    await write([
      { level: 'info', time: time(1), msg: 'ready', url: 'http://127.0.0.1:8082', pid: 12 },
      'Segmentation fault',
      {
        level: 'info',
        time: time(2),
        msg: 'consumed',
        topic: 'order-events',
        ms: 4,
        events: [[ORDER, 'OrderCreatedEvent', '0@7']],
      },
    ])

    expect(await read()).toMatchObject({
      entries: [
        {
          time: time(2),
          level: 'info',
          message: 'consumed',
          keys: [ORDER],
          events: ['OrderCreatedEvent 0@7'],
          facts: ['topic order-events', 'ms 4'],
          error: null,
          stack: null,
        },
        {
          time: time(1),
          level: 'info',
          message: 'ready',
          keys: [],
          events: [],
          facts: ['url http://127.0.0.1:8082', 'pid 12'],
          error: null,
          stack: null,
        },
      ],
      more: false,
    })
  })

  it('is filtered by order, level and text', async () => {
    await write([
      {
        level: 'info',
        time: time(1),
        msg: 'consumed',
        topic: 'order-events',
        events: [[ORDER, 'OrderCreatedEvent', '0@7']],
      },
      { level: 'warn', time: time(2), msg: 'slow request', orderId: ORDER },
      { level: 'error', time: time(3), msg: 'request failed' },
    ])
    const messages = async (query: object) => (await read(query)).entries.map(({ message }) => message)

    expect(await messages({ order: ORDER })).toEqual(['slow request', 'consumed'])
    expect(await messages({ order: ORDER.slice(0, 8) })).toEqual(['slow request', 'consumed'])
    expect(await messages({ level: 'warn' })).toEqual(['request failed', 'slow request'])
    expect(await messages({ text: 'ordercreated' })).toEqual(['consumed'])
    expect(await messages({ limit: 1 })).toEqual(['request failed'])
  })

  it('is read backwards over any number of pieces, and no line is lost or cut where two of them meet', async () => {
    const lines = Array.from({ length: 20_000 }, (_, line) => ({
      level: 'info',
      time: time(0),
      msg: `line ${line} ${'ü'.repeat(line % 40)}`,
    }))
    await write(lines)

    const { entries } = await read({ limit: 20_000 })

    expect(entries.map(({ message }) => message)).toEqual(lines.map(({ msg }) => msg).reverse())
  })

  it('shows no field that is not known to be harmless, and errors without what they quote', async () => {
    await write([
      {
        level: 'error',
        time: time(1),
        msg: 'request failed',
        shippingAddress: { name: 'Ada Lovelace' },
        note: 'for Ada Lovelace',
        err: {
          type: 'Error',
          message: 'no street in "12 St James Square"',
          stack: 'Error: "12 St James Square"\n at x.ts:1',
        },
      },
    ])

    const { entries } = await read()

    expect(entries).toMatchObject([{ message: 'request failed', facts: [] }])
    expect(JSON.stringify(entries)).not.toMatch(/Ada|Lovelace|St James/)
    expect((await read({ text: 'lovelace' })).entries).toEqual([])
  })

  it('of a service that has none is refused, whatever its name is', async () => {
    await write([])
    await writeFile(join(directory, 'secret.txt'), '{}')
    const logs = createLogFiles(directory)

    for (const name of ['payment-service', '../secret.txt', 'secret.txt']) {
      await expect(logs.read(name, { limit: 1 }, OPERATOR)).rejects.toMatchObject({ code: 'NO_SUCH_SERVICE' })
    }
    await expect(createLogFiles(undefined).read('order-service', { limit: 1 }, OPERATOR)).rejects.toMatchObject({
      code: 'NO_LOGS',
    })
  })
})
