import type { ListenerRecord, Recoverer } from '@stocker/kafka-config'
import { BatchListenerFailedError, decodeInt32, eachRecord, fixedBackOff, lastHeader } from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import { waitFor } from '../../../../test/servers.ts'
import { committed, produce, useListeners } from '../listeners.ts'
import { freshTopic, range, testConfig } from '../support.ts'

const { listen, openSender } = useListeners()

/** Keeps what it is given. */
function keepingRecoverer() {
  const recovered: { readonly offset: bigint; readonly value: unknown; readonly error: unknown }[] = []
  const recoverer: Recoverer = {
    recover: async ({ offset, value }, error) => void recovered.push({ offset, value, error }),
  }
  return { recoverer, recovered }
}

const values = (records: readonly ListenerRecord[]) => records.map(({ value }) => value)

describe('a listener of single records', () => {
  it('gets the failed record and those behind it again, the ones before it never', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'single', { partitions: 1 })
    await produce(config, topic, range(6))
    const calls: [value: unknown, attempt: number][] = []
    const { container } = listen(config, [topic], {
      errorHandler: { backOff: fixedBackOff(20) },
      listener: eachRecord(({ value }, { attempt }) => {
        calls.push([value, attempt])
        if (value === 2 && attempt < 3) throw new Error('not yet')
      }),
    })
    await container.start()
    await waitFor(async () => (await committed(config, topic)) === 6n, { what: 'the commit' })
    expect(calls).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
      [2, 2],
      [2, 3],
      [3, 1],
      [4, 1],
      [5, 1],
    ])
  })

  it('never sees a record that cannot be read: that goes to the recoverer at once', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'undecodable', { partitions: 1 })
    const sender = openSender(config)
    await sender.sendAll(['1', 'not json', '3'].map((value) => ({ topic, value })))
    const { recoverer, recovered } = keepingRecoverer()
    const handled: unknown[] = []
    const { container } = listen(config, [topic], {
      errorHandler: { recoverer },
      listener: eachRecord(({ value }) => void handled.push(value)),
    })
    await container.start()
    await waitFor(async () => (await committed(config, topic)) === 3n, { what: 'the commit' })
    expect(handled).toEqual([1, 3])
    expect(recovered).toMatchObject([{ offset: 1n, error: { code: 'NOT_JSON' } }])
  })

  it('sees with deliveryAttemptHeader which delivery it is; the recoverer gets the record without it', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'attempt-header', { partitions: 1 })
    await produce(config, topic, ['poison'])
    const seen: number[] = []
    const kept: ListenerRecord[] = []
    const { container } = listen(config, [topic], {
      errorHandler: {
        backOff: fixedBackOff(1, 2),
        deliveryAttemptHeader: true,
        recoverer: { recover: async (record) => void kept.push(record) },
      },
      listener: eachRecord(({ headers }) => {
        seen.push(decodeInt32(lastHeader(headers, 'kafka_deliveryAttempt')?.value ?? Buffer.alloc(0)))
        throw new Error('always')
      }),
    })
    await container.start()
    await waitFor(() => kept.length === 1, { what: 'the recovery' })
    expect(seen).toEqual([1, 2, 3])
    expect(kept[0]?.headers).toEqual([])
  })
})

describe('a batch listener', () => {
  it('that names the record: those before it are committed, it alone is recovered, the rest comes again', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'names-record', { partitions: 1 })
    await produce(config, topic, range(5))
    const { recoverer, recovered } = keepingRecoverer()
    const calls: unknown[][] = []
    const commits: bigint[] = []
    const { container } = listen(config, [topic], {
      errorHandler: { backOff: fixedBackOff(300, 1), recoverer },
      listener: async (records) => {
        if (calls.length > 0)
          commits.push(
            await waitFor(() => committed(config, topic).then((offset) => offset > 0n && offset), { what: 'a commit' }),
          )
        calls.push(values(records))
        const index = records.findIndex(({ value }) => value === 2)
        if (index >= 0) throw new BatchListenerFailedError(index, { cause: new Error('two') })
      },
    })
    await container.start()
    await waitFor(async () => (await committed(config, topic)) === 5n, { what: 'the commit' })
    expect(calls).toEqual([
      [0, 1, 2, 3, 4],
      [2, 3, 4],
      [3, 4],
    ])
    expect(commits[0]).toBe(2n)
    expect(recovered).toMatchObject([{ value: 2, error: { message: 'two' } }])
  })

  it('that does not: the batch is retried, then record by record, and only what fails alone is recovered', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'names-none', { partitions: 1 })
    await produce(config, topic, range(5))
    const { recoverer, recovered } = keepingRecoverer()
    const calls: unknown[][] = []
    const { container } = listen(config, [topic], {
      errorHandler: { backOff: fixedBackOff(5, 1), recoverer },
      listener: async (records) => {
        calls.push(values(records))
        if (records.some(({ value }) => value === 2)) throw new Error('one of them')
      },
    })
    await container.start()
    await waitFor(async () => (await committed(config, topic)) === 5n, { what: 'the commit' })
    expect(calls).toEqual([[0, 1, 2, 3, 4], [0, 1, 2, 3, 4], [0], [1], [2], [3], [4]])
    expect(values(recovered as unknown as ListenerRecord[])).toEqual([2])
  })

  it('that fails at one partition is not called again with the others', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'partitions-apart', { partitions: 3 })
    const sender = openSender(config)
    await sender.sendAll([0, 1, 2].map((partition) => ({ topic, partition, value: `${partition}` })))
    const handled: unknown[] = []
    const { container } = listen(config, [topic], {
      errorHandler: { backOff: { initialMs: 20, maxMs: 50 } },
      listener: async (records) => {
        if (records.some(({ partition }) => partition === 1)) throw new Error('one is poison')
        handled.push(...values(records))
      },
    })
    await container.start()
    await waitFor(() => handled.length === 2, { what: 'the sound partitions' })
    expect(handled.toSorted()).toEqual([0, 2])
  })
})

describe('a partition that fails', () => {
  it('holds up no other one, nor stop(); it is in the lag, and what was not handled comes again to the next member', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'others-go-on', { partitions: 2 })
    const sender = openSender(config)
    await sender.send({ topic, partition: 0, value: '"poison"' })
    const handled: unknown[] = []
    const { container } = listen(config, [topic], {
      errorHandler: { backOff: { initialMs: 600_000, maxMs: 600_000 } },
      listener: eachRecord(({ value }) => {
        if (value === 'poison') throw new Error('poison')
        handled.push(value)
      }),
    })
    await container.start()
    await waitFor(() => container.state === 'backing-off', { what: 'the failure' })
    await sender.sendAll(range(1000).map((value) => ({ topic, partition: 1, value: `${value}` })))
    await sender.send({ topic, partition: 0, value: '"behind"' })
    await waitFor(() => handled.length === 1000, { what: 'the other partition' })
    expect(handled).toEqual(range(1000))
    await waitFor(async () => (await container.lag()).find(({ partition }) => partition === 0)?.lag === 2n, {
      what: 'a lag of two',
    })
    expect(container.state).toBe('backing-off')
    await container.stop()
    const next = listen(config, [topic])
    await next.container.start()
    await waitFor(() => next.records.length === 2, { what: 'what was not handled' })
    expect(values(next.records)).toEqual(['poison', 'behind'])
  })

  it('is back to normal when its record was handled', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'normal-again', { partitions: 1 })
    await produce(config, topic, range(3))
    let broken = true
    const { container } = listen(config, [topic], {
      errorHandler: { backOff: fixedBackOff(20) },
      stalledAfterMs: 50,
      listener: async () => {
        if (broken) throw new Error('no space left')
      },
    })
    await container.start()
    await waitFor(() => !container.health().up && container.state === 'backing-off', { what: 'health down' })
    expect(container.health().detail).toContain('has been failing')
    broken = false
    await waitFor(() => container.health().up, { what: 'health up' })
    expect(container.state).toBe('running')
  })

  it('waits out a recovery without holding up the others, and gets the record again when it fails', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'slow-recovery', { partitions: 2 })
    const sender = openSender(config)
    await sender.send({ topic, partition: 0, value: '"poison"' })
    const recovery = Promise.withResolvers<void>()
    let recoveries = 0
    const handled: unknown[] = []
    const { container } = listen(config, [topic], {
      errorHandler: {
        backOff: fixedBackOff(0, 0),
        recoverer: {
          recover: () => {
            recoveries++
            return recoveries === 1 ? recovery.promise : Promise.resolve()
          },
        },
      },
      listener: eachRecord(({ value }) => {
        if (value === 'poison') throw new Error('poison')
        handled.push(value)
      }),
    })
    await container.start()
    await waitFor(() => recoveries === 1, { what: 'the recovery' })
    await sender.sendAll([
      { topic, partition: 0, value: '"behind"' },
      { topic, partition: 1, value: '"beside"' },
    ])
    await waitFor(() => handled.length === 1, { what: 'the other partition' })
    expect(handled).toEqual(['beside'])
    recovery.reject(new Error('the broker is away'))
    await waitFor(() => handled.length === 2, { what: 'the record behind' })
    expect(recoveries).toBe(2)
    await waitFor(async () => (await committed(config, topic)) === 3n, { what: 'the commit' })
  })

  it('whose recovery failed is back to normal when the listener then succeeds', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'recovery-not-needed', { partitions: 1 })
    await produce(config, topic, [1])
    let calls = 0
    const { container } = listen(config, [topic], {
      errorHandler: {
        backOff: fixedBackOff(0, 0),
        recoverer: { recover: () => Promise.reject(new Error('no such topic')) },
      },
      listener: eachRecord(() => {
        if (++calls === 1) throw new Error('once')
      }),
    })
    await container.start()
    await waitFor(() => container.state === 'backing-off', { what: 'the failed recovery' })
    await waitFor(() => container.state === 'running', { what: 'normal service' })
    expect(calls).toBe(2)
    await waitFor(async () => (await committed(config, topic)) === 1n, { what: 'the commit' })
  })

  it('that goes to another member during its back-off loses nothing and stays in order', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'rebalanced', { partitions: 2 })
    const sender = openSender(config)
    const send = (more: readonly unknown[]) =>
      sender.sendAll(
        [0, 1].flatMap((partition) => more.map((value) => ({ topic, partition, value: JSON.stringify(value) }))),
      )
    await send(range(5))
    const handled: [partition: number, value: unknown][] = []
    const failing = { now: true }
    const options = {
      errorHandler: { backOff: { initialMs: 600_000, maxMs: 600_000 } },
      listener: eachRecord(({ partition, value }) => {
        if (value === 2 && failing.now) throw new Error('not yet')
        handled.push([partition, value])
      }),
    }
    const first = listen(config, [topic], options)
    await first.container.start()
    await waitFor(() => handled.length === 4, { what: 'the records before the failed ones' })
    failing.now = false
    const second = listen(config, [topic], options)
    await second.container.start()
    await send([5, 6])
    await waitFor(() => handled.length === 14, { what: 'all records' })
    for (const partition of [0, 1]) {
      expect(handled.filter(([at]) => at === partition).map(([, value]) => value)).toEqual(range(7))
    }
  })
})
