import { describe, expect, test } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import type { TrackingProcessor } from '../src/index.ts'
import { newId, testKernel } from './kernel.ts'
import { caughtUp, deposit, openAndDeposit, SEEN, seeing, seenBy, track, trackFromNow } from './processors.ts'

const kernel = await testKernel()
await kernel.pool.query(SEEN)

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)

describe('a reset', () => {
  test('undoes all effects and handles every event again, while instances work and events come', async () => {
    const stores = [kernel.store(), kernel.store()] as const
    const instances = stores.map((store) => track(store, 'rebuilt', { batchSize: 5 }))
    const accounts = [newId(), newId(), newId()]
    const writing = Promise.all(accounts.map((id) => openAndDeposit(stores[0], id, 40)))
    await waitFor(async () => (await seenBy(kernel, 'rebuilt').rows()).length > 10, { what: 'some effect' })
    for (const processor of [...instances, ...instances]) await processor.reset({ to: 'start' })
    await writing
    expect(await seenBy(kernel, 'rebuilt').differences()).toEqual([])
  })

  test('tells the handler what it had handled before and what is new', async () => {
    const store = kernel.store()
    const id = newId()
    const runs: { readonly version: number; readonly replaying: boolean }[] = []
    const processor = await trackFromNow(kernel, store, 'told', {
      batchSize: 3,
      handle: (events, { replaying }) => {
        for (const { stream, version } of events) if (stream === `account-${id}`) runs.push({ version, replaying })
        return []
      },
    })
    await openAndDeposit(store, id, 4)
    await caughtUp(processor)
    expect(runs).toEqual(range(1, 5).map((version) => ({ version, replaying: false })))
    await processor.stop()
    await deposit(store, id, 3)
    runs.length = 0
    await processor.reset({ to: 'start' })
    const { segments } = await processor.status()
    expect(segments.map(({ replayedPercent, owner }) => [replayedPercent, owner])).toEqual(Array(4).fill([0, null]))
    processor.start()
    await caughtUp(processor)
    expect(runs).toEqual(range(1, 8).map((version) => ({ version, replaying: version <= 5 })))
    expect((await processor.status()).segments.map(({ replayedPercent }) => replayedPercent)).toEqual(
      Array(4).fill(null),
    )
  })

  test('goes back to any place, or to a time, or forward to the end', async () => {
    // Later than the events of the other tests.
    let now = Date.parse('2100-01-01T00:00:00Z')
    const store = kernel.store({ clock: () => new Date(now) })
    const id = newId()
    const processor = track(store, 'anywhere')
    await openAndDeposit(store, id, 0)
    for (let n = 0; n < 6; n += 1) {
      now += 3_600_000
      await deposit(store, id, 1)
    }
    await caughtUp(processor)
    const again = async (to: Parameters<TrackingProcessor['reset']>[0]['to']) => {
      await caughtUp(processor)
      await processor.reset({ to })
      await deposit(store, id, 1)
      newest += 1
      return waitFor(
        async () => {
          const versions = await seenBy(kernel, 'anywhere').versionsOf(id)
          return versions.includes(newest) && versions
        },
        { what: 'the newest event' },
      )
    }
    let newest = 7
    const fourth = (await store.readStream(`account-${id}`)).find(({ version }) => version === 4)
    if (fourth === undefined) throw new Error('no fourth event')
    expect(await again(fourth)).toEqual(range(5, 8))
    expect(await again({ at: new Date('2100-01-01T05:00:00Z') })).toEqual(range(6, 9))
    expect(await again('start')).toEqual(range(1, 10))
    expect(await again('end')).toEqual([11])
    expect(await again({ at: new Date('2200-01-01T00:00:00Z') })).toEqual([12])
  })

  test('changes nothing when one of its statements fails', async () => {
    const store = kernel.store()
    const processor = track(store, 'refused', { onReset: () => [{ text: 'select 1 / $1::int', values: [0] }] })
    await openAndDeposit(store, newId(), 2)
    await caughtUp(processor)
    const tokens = () =>
      kernel.rows(`select segment, tx, position, epoch from processor_tokens where processor = 'refused'`)
    const before = await tokens()
    await expect(processor.reset({ to: 'start' })).rejects.toMatchObject({ code: 'STATEMENT_FAILED' })
    expect(await tokens()).toEqual(before)
    expect(await seenBy(kernel, 'refused').differences()).toEqual([])
  })
})

describe('split and merge', () => {
  test('change the number of segments while instances work and events come', async () => {
    const stores = [kernel.store(), kernel.store()] as const
    const [one, other] = stores.map((store) => track(store, 'reshaped', { segments: 2, batchSize: 4 })) as [
      TrackingProcessor,
      TrackingProcessor,
    ]
    const accounts = Array.from({ length: 8 }, newId)
    const writing = Promise.all(accounts.map((id, n) => openAndDeposit(stores[n % 2 === 0 ? 0 : 1], id, 30)))
    const masks = async () => (await one.status()).segments.map(({ segment, mask }) => [segment, mask])
    await waitFor(async () => (await masks()).length === 2, { what: 'the first segments' })
    await one.split(0)
    await other.split(1)
    expect(await masks()).toEqual([0, 1, 2, 3].map((segment) => [segment, 3]))
    // What merges is level again before it changes once more.
    const merged = (segment: number) =>
      waitFor(
        () =>
          one.merge(segment).then(
            () => true,
            (error: { code: string }) => {
              if (error.code !== 'PROCESSOR_BUSY') throw new Error(`merging failed: ${error.code}`)
              return false
            },
          ),
        { what: `segment ${segment} to merge` },
      )
    await merged(3)
    await merged(0)
    await merged(1)
    expect(await masks()).toEqual([[0, 0]])
    await writing
    expect(await seenBy(kernel, 'reshaped').differences()).toEqual([])
  })

  test('a merge of halves at different places handles nothing twice and loses nothing', async () => {
    const store = kernel.store()
    const accounts = Array.from({ length: 6 }, newId)
    const first = track(store, 'uneven', { segments: 2 })
    await Promise.all(accounts.map((id) => openAndDeposit(store, id, 3)))
    await caughtUp(first)
    await first.stop()
    // Segment 1 is sent back, with its effects.
    const [seen] = await kernel.rows<{ tx: string; position: string }>(`
      select tx, position from events order by tx, position offset 5 limit 1`)
    const events = await store.feed({ tx: 0n, position: 0n }, 10_000)
    const { hashOf } = await import('../src/processors/segment.ts')
    const undone = events.filter(
      ({ tx, position, stream }) =>
        (hashOf(stream) & 1) === 1 &&
        (tx > BigInt(seen?.tx ?? 0) || (`${tx}` === seen?.tx && position > BigInt(seen.position))),
    )
    expect(undone.length).toBeGreaterThan(0)
    await kernel.rows(
      `delete from seen where processor = 'uneven' and (stream, version) in (select * from unnest($1::text[], $2::int[]))`,
      [undone.map(({ stream }) => stream), undone.map(({ version }) => version)],
    )
    await kernel.rows(
      `update processor_tokens set tx = $1::xid8, position = $2 where processor = 'uneven' and segment = 1`,
      [seen?.tx, seen?.position],
    )
    await first.merge(1)
    await expect(first.split(0)).rejects.toMatchObject({ code: 'PROCESSOR_BUSY', retryable: true })
    first.start()
    expect(await seenBy(kernel, 'uneven').differences()).toEqual([])
    await first.split(0)
  })

  test('are refused, with a reason, for segments that do not exist or have no other half', async () => {
    const store = kernel.store()
    const processor = track(store, 'refusing', { segments: 3, handle: (events) => [seeing('refusing', events)] })
    await waitFor(() => processor.state === 'following', { what: 'its segments' })
    await expect(processor.split(7)).rejects.toMatchObject({
      code: 'UNKNOWN_SEGMENT',
      message: `Processor 'refusing' has no segment 7; it has 0, 1, 2.`,
    })
    await expect(processor.merge(1)).rejects.toThrow('its other half 0 is split further')
    await processor.merge(2)
    await waitFor(() => processor.merge(1).then(() => true), { what: 'the whole' })
    await expect(processor.merge(0)).rejects.toThrow('it is the only one')
  })
})
