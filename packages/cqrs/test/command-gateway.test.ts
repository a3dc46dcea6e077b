import { describe, expect, test } from 'vitest'
import type { CommandBus, CommandMeta, CqrsErrorCode } from '../src/index.ts'
import { CqrsError, createCommandBus, createCommandGateway, streamName } from '../src/index.ts'
import { account } from './bank.ts'
import { newId, testKernel } from './kernel.ts'

const kernel = await testKernel()

const OPEN = { type: 'Open', data: { owner: 'Ann' } } as const
const QUICK = { initialDelayMs: 1, maxDelayMs: 2 }

/** A bus whose answer gets lost `times` times after the command took effect, as when the connection breaks at the commit. */
function losing(
  times: number,
  code: CqrsErrorCode = 'DATABASE_UNAVAILABLE',
): { bus: CommandBus; tries: CommandMeta[] } {
  const real = createCommandBus({ store: kernel.store() })
  const tries: CommandMeta[] = []
  return {
    tries,
    bus: {
      ...real,
      async execute(aggregate, id, command, meta) {
        const result = await real.execute(aggregate, id, command, meta)
        tries.push(meta)
        if (tries.length <= times) throw new CqrsError(code, 'the answer got lost')
        return result
      },
    },
  }
}

const versionOf = async (id: string) => (await kernel.store().load(account, id)).version

describe('a command that is sent through the gateway', () => {
  test('is answered like one that is executed; its correlation is the aggregate', async () => {
    const store = kernel.store()
    const gateway = createCommandGateway({ bus: createCommandBus({ store }) })
    const id = newId()
    expect(await gateway.send(account, id, OPEN, { id: 'request 1' })).toMatchObject({ status: 'accepted', version: 1 })
    expect(await gateway.send(account, id, OPEN)).toMatchObject({ rejection: { rejected: 'ALREADY_OPEN' } })
    const [event] = await store.readStream(streamName(account, id))
    expect(event?.metadata).toEqual({ correlationId: id, causationId: 'request 1' })
  })

  test('takes effect once, however often the answer gets lost', async () => {
    const { bus, tries } = losing(3)
    const id = newId()
    const result = await createCommandGateway({ bus, retry: QUICK }).send(account, id, OPEN)
    expect(result).toMatchObject({ status: 'accepted', version: 1, replayed: true })
    expect(await versionOf(id)).toBe(1)
    expect(tries).toHaveLength(4)
    expect(new Set(tries.map((meta) => `${meta.id} ${meta.idempotency?.key}`)).size).toBe(1)
  })

  test('keeps the idempotency key of its sender', async () => {
    const { bus, tries } = losing(1)
    const idempotency = { key: newId(), fingerprint: 'open' }
    await createCommandGateway({ bus, retry: QUICK }).send(account, newId(), OPEN, { idempotency })
    expect(tries.map((meta) => meta.idempotency)).toEqual([idempotency, idempotency])
  })

  test('is given up after the last try', async () => {
    const { bus, tries } = losing(9)
    const gateway = createCommandGateway({ bus, retry: { ...QUICK, maxTries: 2 } })
    await expect(gateway.send(account, newId(), OPEN)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    expect(tries).toHaveLength(2)
  })

  test.each(['HANDLER_FAILED', 'CLOSED'] as const)('is not tried again after %s', async (code) => {
    const { bus, tries } = losing(9, code)
    await expect(createCommandGateway({ bus, retry: QUICK }).send(account, newId(), OPEN)).rejects.toMatchObject({
      code,
    })
    expect(tries).toHaveLength(1)
  })

  test('is not waited for when its time is over; sent again with its id it takes effect once', async () => {
    const store = kernel.store()
    const bus = createCommandBus({ store })
    const [id, request] = [newId(), newId()]
    const client = await kernel.pool.connect()
    try {
      await client.query('begin; lock table events in exclusive mode')
      await expect(
        createCommandGateway({ bus, timeoutMs: 50 }).send(account, id, OPEN, { id: request }),
      ).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true, message: expect.stringContaining(`id '${request}'`) })
    } finally {
      await client.query('rollback')
      client.release()
    }
    expect(await createCommandGateway({ bus }).send(account, id, OPEN, { id: request })).toMatchObject({ version: 1 })
    expect(await versionOf(id)).toBe(1)
  })
})

test.each([
  [{ timeoutMs: 0 }, /timeoutMs/],
  [{ retry: { maxTries: 0 } }, /retry.maxTries/],
  [{ retry: { initialDelayMs: -1 } }, /retry.initialDelayMs/],
  [{ retry: { multiplier: 0.5 } }, /retry.multiplier/],
])('the options %j are refused', (options, message) => {
  const bus = createCommandBus({ store: kernel.store() })
  expect(() => createCommandGateway({ bus, ...options })).toThrow(message)
})
