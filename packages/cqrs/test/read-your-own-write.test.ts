import { expect, onTestFinished, test } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import type { EventStore } from '../src/index.ts'
import { createCommandBus } from '../src/index.ts'
import { account } from './bank.ts'
import { newId, testKernel } from './kernel.ts'
import { SEEN, seeing, seenBy, track } from './processors.ts'

const kernel = await testKernel()
await kernel.pool.query(SEEN)

const open = { type: 'Open', data: { owner: 'Ann' } } as const
const deposit = { type: 'Deposit', data: { amount: 1 } } as const

async function accepted(store: EventStore, id: string, command: typeof open | typeof deposit, key?: string) {
  const bus = createCommandBus({ store })
  onTestFinished(() => bus.close())
  const idempotency = key === undefined ? {} : { idempotency: { key, fingerprint: '' } }
  const result = await bus.execute(account, id, command, { correlationId: id, ...idempotency })
  if (result.status !== 'accepted') throw new Error(result.rejection.message)
  return result
}

test('whoever waits for the token of a command reads what it wrote', async () => {
  const store = kernel.store()
  const processor = track(store, 'own', { pollIntervalMs: 60_000 })
  const id = newId()
  for (let version = 1; version <= 10; version += 1) {
    const { token } = await accepted(store, id, version === 1 ? open : deposit)
    expect(await processor.reached(token, 60_000)).toBe(true)
    expect((await seenBy(kernel, 'own').versionsOf(id)).at(-1)).toBe(version)
  }
})

test('the token holds wherever the processor runs, and for the repeat of a command too', async () => {
  const [writing, working] = [kernel.store(), kernel.store()]
  track(working, 'elsewhere')
  // An instance that only asks.
  const asking = track(writing, 'elsewhere', { claimIntervalMs: 60_000, leaseMs: 60_001 })
  await asking.stop()
  const id = newId()
  const first = await accepted(writing, id, open, id)
  expect(await asking.reached(first.token, 60_000)).toBe(true)
  expect(await seenBy(kernel, 'elsewhere').versionsOf(id)).toEqual([1])
  const again = await accepted(kernel.store(), id, open, id)
  expect(again).toMatchObject({ replayed: true, token: first.token })
})

test('events of a transaction that is larger than a page count as reached only all together', async () => {
  const store = kernel.store()
  const id = newId()
  let held: (() => void) | undefined
  const processor = track(store, 'large', {
    batchSize: 4,
    segments: 1,
    handle: async (events) => {
      if (events.some(({ stream, version }) => stream === `account-${id}` && version >= 8) && held === undefined) {
        const { promise, resolve } = Promise.withResolvers<void>()
        held = resolve
        await promise
      }
      return [seeing('large', events)]
    },
  })
  await store.transact(
    (unit) => {
      unit.execute(account, id, open)
      for (let n = 0; n < 9; n += 1) unit.execute(account, id, deposit)
    },
    { correlationId: id },
  )
  const token = store.versionToken()
  await waitFor(() => held, { what: 'a page in the middle' })
  expect(await processor.reached(token, 200)).toBe(false)
  held?.()
  expect(await processor.reached(token, 60_000)).toBe(true)
  expect(await seenBy(kernel, 'large').versionsOf(id)).toHaveLength(10)
})

test('waiting ends in time, and with its caller; what is no token is refused', async () => {
  const store = kernel.store()
  const processor = track(store, 'bounded')
  const future = `${10n ** 15n}`
  expect(await processor.reached(future, 50)).toBe(false)
  const controller = new AbortController()
  const waiting = processor.reached(future, 60_000, controller.signal)
  controller.abort()
  expect(await waiting).toBe(false)
  for (const token of ['', 'x', '-1', '1.5', '9'.repeat(21)]) {
    await expect(processor.reached(token, 1_000)).rejects.toMatchObject({ code: 'MALFORMED_TOKEN', retryable: false })
  }
})
