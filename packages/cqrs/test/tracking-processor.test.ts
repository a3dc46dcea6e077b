import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import type { StoredEvent } from '../src/index.ts'
import { createCommandBus } from '../src/index.ts'
import { account } from './bank.ts'
import { newId, testKernel } from './kernel.ts'
import { caughtUp, deposit, openAndDeposit, SEEN, seeing, seenBy, track, trackFromNow } from './processors.ts'

const kernel = await testKernel()
await kernel.pool.query(SEEN)

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)
const ids = (count: number) => Array.from({ length: count }, newId)

describe('a tracking processor', () => {
  test('handles every event once in effect and in order, from the first one on, and as soon as it is committed', async () => {
    const store = kernel.store()
    const id = newId()
    await openAndDeposit(store, id, 3)
    const handled: StoredEvent[] = []
    track(store, 'plain', {
      pollIntervalMs: 60_000,
      handle: (events) => {
        handled.push(...events)
        return [seeing('plain', events)]
      },
    })
    const seen = seenBy(kernel, 'plain')
    await waitFor(async () => (await seen.versionsOf(id)).length === 4, { what: 'the events from before the start' })
    await deposit(store, id, 20)
    await waitFor(async () => (await seen.versionsOf(id)).length === 24, { what: 'the new events' })
    expect(await seen.differences()).toEqual([])
    const stored = await store.readStream(`account-${id}`)
    expect(handled.filter(({ stream }) => stream === `account-${id}`)).toEqual(stored)
  })

  test('goes on where it ended, and begins at the end if it is told to', async () => {
    const store = kernel.store()
    const id = newId()
    await openAndDeposit(store, id, 3)
    const seen = seenBy(kernel, 'late')
    const first = await trackFromNow(kernel, store, 'late')
    await deposit(store, id, 2)
    await waitFor(async () => (await seen.versionsOf(id)).length === 2, { what: 'the new events' })
    await first.stop()
    expect(first.state).toBe('stopped')
    await deposit(store, id, 2)
    track(kernel.store(), 'late')
    await waitFor(async () => (await seen.versionsOf(id)).length === 4, { what: 'the events of the meantime' })
    expect(await seen.rows()).toEqual(range(5, 8).map((version) => ({ stream: `account-${id}`, version, times: 1 })))
  })

  test('is given the types that it asked for only, and moves over the others', async () => {
    const store = kernel.store()
    const id = newId()
    const types = new Set<string>()
    const processor = track(store, 'typed', {
      types: ['Opened'],
      handle: (events) => {
        for (const { type } of events) types.add(type)
        return [seeing('typed', events)]
      },
    })
    await openAndDeposit(store, id, 5)
    await caughtUp(processor)
    expect(await seenBy(kernel, 'typed').versionsOf(id)).toEqual([1])
    expect(await seenBy(kernel, 'typed').differences(`type = 'Opened'`)).toEqual([])
    expect([...types]).toEqual(['Opened'])
  })

  test('copes with transactions larger than its batches', async () => {
    const store = kernel.store()
    const id = newId()
    const sizes: number[] = []
    track(store, 'small batches', {
      batchSize: 10,
      handle: (events) => {
        sizes.push(events.length)
        return [seeing('small batches', events)]
      },
    })
    await store.transact(
      (unit) => {
        unit.execute(account, id, { type: 'Open', data: { owner: 'Ann' } })
        for (let n = 0; n < 64; n += 1) unit.execute(account, id, { type: 'Deposit', data: { amount: 1 } })
      },
      { correlationId: id },
    )
    await waitFor(async () => (await seenBy(kernel, 'small batches').versionsOf(id)).length === 65, {
      what: '65 events',
    })
    expect(await seenBy(kernel, 'small batches').differences()).toEqual([])
    expect(Math.max(...sizes)).toBeLessThanOrEqual(10)
  })

  test('loses nothing and repeats nothing while transactions commit in another order than they began', async () => {
    const stores = [kernel.store(), kernel.store()] as const
    stores.map((store) => track(store, 'disordered', { batchSize: 7 }))
    const accounts = ids(6)
    // Each of these holds its transaction id open while others commit around it.
    const writers = await Promise.all(
      range(1, 4).map(async () => {
        const client = new Client(kernel.url)
        await client.connect()
        onTestFinished(() => client.end())
        return client
      }),
    )
    const insert = `
      insert into events (stream, version, id, type, data, correlation_id, occurred_at)
      values ($1, $2, gen_random_uuid(), 'Deposited', '{"amount":1}', 'c', now())`
    const slowly = writers.map(async (client, n) => {
      for (let round = 1; round <= 10; round += 1) {
        await client.query('begin')
        await client.query(insert, [`account-slow-${n}`, round])
        await client.query('select pg_sleep($1)', [0.01 * ((n + round) % 4)])
        await client.query('commit')
      }
    })
    await Promise.all([...accounts.map((id, n) => openAndDeposit(stores[n % 2 === 0 ? 0 : 1], id, 15)), ...slowly])
    expect(await seenBy(kernel, 'disordered').differences()).toEqual([])
  })

  test('tells where it is, how far behind, and who works', async () => {
    const store = kernel.store()
    let held: (() => void) | undefined
    const id = newId()
    const processor = await trackFromNow(kernel, store, 'watched', {
      segments: 2,
      handle: () =>
        new Promise((resolve) => {
          held = () => resolve(undefined)
        }),
    })
    expect((await processor.status()).segments).toMatchObject([
      { segment: 0, mask: 1, own: true, eventsBehind: 0, secondsBehind: 0, replayedPercent: null, lastError: null },
      { segment: 1, mask: 1, own: true, eventsBehind: 0 },
    ])
    await openAndDeposit(store, id, 0)
    await waitFor(() => held, { what: 'the event' })
    const behind = await waitFor(
      async () => (await processor.status()).segments.find(({ secondsBehind }) => secondsBehind > 0.2),
      { what: 'some time to pass' },
    )
    expect(behind.eventsBehind).toBe(1)
    held?.()
    await caughtUp(processor)
  })
})

describe('effect and token are one', () => {
  test('a statement that fails leaves nothing of its batch; the segment waits before the event, the others go on', async () => {
    const store = kernel.store()
    const [good, bad] = ids(2) as [string, string]
    let broken = true
    const processor = track(store, 'failing', {
      segments: 8,
      handle: (events) => [
        seeing('failing', events),
        ...events
          .filter(({ stream, version }) => broken && stream === `account-${bad}` && version === 4)
          .map(() => ({ text: 'select 1 / $1::int', values: [0] })),
      ],
    })
    await Promise.all([openAndDeposit(store, bad, 6), openAndDeposit(store, good, 6)])
    const seen = seenBy(kernel, 'failing')
    await waitFor(() => processor.state === 'backing-off', { what: 'the failure' })
    expect(processor.lastError?.message).toContain(`version 4 of account-${bad}`)
    await waitFor(async () => (await seen.versionsOf(bad)).length === 3, { what: 'all before the failing event' })
    const failing = (await processor.status()).segments.filter(({ lastError }) => lastError !== null)
    expect(failing.map(({ lastError }) => lastError)).toEqual([expect.stringContaining('division by zero')])
    // Another stream may share the segment by chance; a third one then shows that the others go on.
    const others = ids(8)
    await Promise.all(others.map((id) => openAndDeposit(store, id, 0)))
    await waitFor(async () => (await Promise.all(others.map(seen.versionsOf))).some(({ length }) => length === 1), {
      what: 'another segment',
    })
    expect(await seen.versionsOf(bad)).toEqual([1, 2, 3])
    broken = false
    expect(await seen.differences()).toEqual([])
    await waitFor(() => processor.state === 'following' && processor.lastError === undefined, { what: 'recovery' })
    expect((await processor.status()).segments.filter(({ lastError }) => lastError !== null)).toEqual([])
  })

  test('a handler that throws is given the same events again; nothing is skipped', async () => {
    const store = kernel.store()
    const id = newId()
    const attempts: number[][] = []
    await trackFromNow(kernel, store, 'throwing', {
      segments: 1,
      handle: async (events) => {
        attempts.push(events.map(({ version }) => version))
        if (attempts.length <= 3) throw new Error('not now')
        return [seeing('throwing', events)]
      },
    })
    await openAndDeposit(store, id, 0)
    await waitFor(async () => (await seenBy(kernel, 'throwing').versionsOf(id)).length === 1, { what: 'the event' })
    expect(attempts).toEqual([[1], [1], [1], [1]])
  })
})

describe('several instances', () => {
  test('share the segments evenly, whoever comes or goes', async () => {
    const first = track(kernel.store(), 'shared', { segments: 5 })
    const owned = async () => (await first.status()).segments.map(({ owner }) => owner)
    await waitFor(async () => (await owned()).every((owner) => owner !== null), { what: 'the first instance' })
    const others = [track(kernel.store(), 'shared'), track(kernel.store(), 'shared')]
    const counts = async () => Object.values(Object.groupBy(await owned(), String)).map((held) => held?.length)
    await waitFor(async () => (await counts()).sort().join() === '1,2,2', { what: 'a fair share each' })
    await Promise.all(others.map((processor) => processor.stop()))
    await waitFor(async () => (await counts()).join() === '5', { what: 'everything back' })
  })

  test('hear of commits of the others without waiting for their poll', async () => {
    const stores = [kernel.store(), kernel.store()] as const
    const options = { pollIntervalMs: 60_000, segments: 2 }
    const processors = stores.map((store) => track(store, 'notified', options))
    await waitFor(() => processors.every(({ state }) => state === 'following'), { what: 'a segment each' })
    await Promise.all(ids(10).map((id) => openAndDeposit(stores[0], id, 1)))
    expect(await seenBy(kernel, 'notified').differences()).toEqual([])
  })

  test('take over from one that fell silent; what that one still had in hand has no effect', async () => {
    const [dying, living] = [kernel.store(), kernel.store()]
    const seen = seenBy(kernel, 'stolen')
    const accounts = ids(6)
    let finish: (() => void) | undefined
    await trackFromNow(kernel, dying, 'stolen', {
      segments: 4,
      // It never gives a sign of life again, and works on as if nothing had happened.
      claimIntervalMs: 60_000,
      leaseMs: 60_001,
      handle: async (events) => {
        if (finish === undefined) {
          const { promise, resolve } = Promise.withResolvers<void>()
          finish = resolve
          await promise
        }
        return [seeing('stolen', events)]
      },
    })
    await Promise.all(accounts.map((id) => openAndDeposit(dying, id, 3)))
    const lateCommit = await waitFor(() => finish, { what: 'a batch in hand' })
    await kernel.rows(`update processor_tokens set claimed_until = now() - interval '1 s' where processor = 'stolen'`)
    await kernel.rows(`update processor_instances set alive_until = now() - interval '1 s' where processor = 'stolen'`)
    track(living, 'stolen')
    await waitFor(async () => (await seen.rows()).length === 24, { what: 'the events' })
    lateCommit()
    await deposit(living, accounts[0] as string, 1)
    await waitFor(async () => (await seen.rows()).length === 25, { what: 'one event more' })
    expect((await seen.rows()).filter(({ times }) => times !== 1)).toEqual([])
  })

  test('go on when their connections are cut, again and again, without loss or repetition', async () => {
    const stores = [kernel.store(), kernel.store()] as const
    stores.map((store) => track(store, 'cut', { batchSize: 5 }))
    const writer = kernel.store()
    const bus = createCommandBus({ store: writer })
    const accounts = ids(4)
    await Promise.all(accounts.map((id) => openAndDeposit(writer, id, 0)))
    for (let round = 0; round < 8; round += 1) {
      await Promise.all(
        accounts.map(async (id) => {
          const command = { type: 'Deposit', data: { amount: 1 } } as const
          // The writer's connection may be hit as well; only what is committed counts here.
          await bus.execute(account, id, command, { correlationId: id }).catch(() => {})
        }),
      )
      await kernel.rows(`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and query ilike '%processor_tokens%'`)
    }
    expect(await seenBy(kernel, 'cut').differences()).toEqual([])
  })
})

test('a store that is closed under a processor stops it from working, and another instance goes on', async () => {
  const [closing, living] = [kernel.store(), kernel.store()]
  const left = track(closing, 'closed', { leaseMs: 1_000 })
  await waitFor(() => left.state === 'following', { what: 'its segments' })
  await closing.close()
  track(living, 'closed')
  await openAndDeposit(living, newId(), 2)
  expect(await seenBy(kernel, 'closed').differences()).toEqual([])
})
