import type { KafkaConfig, KafkaSender } from '@stocker/kafka-config'
import { KafkaProducerConfig, readGroupLag } from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import { kafkaBootstrap, waitFor } from '../../../test/servers.ts'
import { Members } from './members.ts'
import { freshTopic, range, testConfig } from './support.ts'

const PARTITIONS = 6
const PROPERTIES = { 'spring.kafka.consumer.max-poll-records': '20' }
/** A busy broker, too, has answered a commit within this time. */
const COMMITTED_AFTER_MS = 5_000

function membersOf(
  config: KafkaConfig,
  topic: string,
  more: { handlingMs?: number; properties?: Record<string, string> } = {},
): Members {
  return new Members({
    bootstrapServers: kafkaBootstrap(),
    groupId: config.consumer.groupId as string,
    topic,
    handlingMs: more.handlingMs ?? 10,
    properties: { ...PROPERTIES, ...more.properties },
  })
}

/** Sends all the time, until it is told to stop; then the number of records is known. */
function load(sender: KafkaSender, topic: string) {
  let on = true
  let count = 0
  const done = (async () => {
    while (on) {
      await sender.sendAll(range(30).map((index) => ({ topic, key: `key-${index}`, value: `${count + index}` })))
      count += 30
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })()
  // A test that fails closes the sender first.
  done.catch(() => undefined)
  return {
    async stop(): Promise<number> {
      on = false
      await done
      return count
    },
  }
}

const balanced = (members: Members, names: readonly string[]) =>
  waitFor(
    () => {
      const assignment = members.assignment()
      const sum = Object.values(assignment).reduce((total, each) => total + each, 0)
      return sum === PARTITIONS && Object.keys(assignment).sort().join() === [...names].sort().join()
    },
    { what: `${PARTITIONS} partitions over ${names.join(', ')}` },
  )

/** Every delivery that began after its member had given up the partition (and had not got it again). */
function strayDeliveries(members: Members): string[] {
  const owned = new Map<string, Set<number>>()
  const strays: string[] = []
  for (const event of members.events) {
    if (event.type === 'assigned') owned.set(event.member, new Set(event.partitions))
    if (event.type === 'given-up') owned.set(event.member, new Set())
    if (event.type !== 'handing') continue
    for (const [partition, offset] of event.records) {
      if (!owned.get(event.member)?.has(partition)) strays.push(`${event.member}: ${partition}/${offset}`)
    }
  }
  return strays
}

/** Which of these places the member had handled so early that its commits must have been through. */
function handledBefore(
  members: Members,
  name: string,
  limit: number,
  places: readonly (readonly [string, unknown])[],
): string[] {
  const early = new Set<string>()
  for (const { records, at } of members.of('handled', name)) {
    if (at < limit) for (const [partition, offset] of records) early.add(`${partition}/${offset}`)
  }
  return places.map(([place]) => place).filter((place) => early.has(place))
}

// One after the other: each has some processes, which would take the time from each other's heartbeats.
describe('members of a group', () => {
  it('come and go under load: nothing is lost, nothing handled by a non-owner, nothing twice except after a kill', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'come-and-go', { partitions: PARTITIONS })
    await using sender = new KafkaProducerConfig(config).createSender()
    await using members = membersOf(config, topic)
    const producing = load(sender, topic)

    members.start('a')
    await balanced(members, ['a'])
    members.start('b')
    members.start('c')
    await balanced(members, ['a', 'b', 'c'])
    await members.stop('b')
    await balanced(members, ['a', 'c'])
    const twice = () => [...members.handled()].filter(([, by]) => by.length > 1)
    expect(twice()).toEqual([])

    const killedAt = Date.now()
    await members.kill('c')
    await balanced(members, ['a'])
    const sent = await producing.stop()
    await waitFor(() => members.handled().size === sent, { what: `all ${sent} records` })
    await members.stop('a')

    expect(strayDeliveries(members)).toEqual([])
    // Only what the killed one had handled and not yet committed, shortly before its end.
    for (const [place, by] of twice()) expect({ place, by }).toEqual({ place, by: ['c', 'a'] })
    expect(handledBefore(members, 'c', killedAt - COMMITTED_AFTER_MS, twice())).toEqual([])
    const lag = await readGroupLag(config, config.consumer.groupId as string, [topic])
    expect(lag.reduce((sum, each) => sum + (each.lag ?? 0n), 0n)).toBe(0n)
  })

  it('a static member that was killed has its partitions back at once when it starts again, and nobody else moves', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'static', { partitions: PARTITIONS })
    await using sender = new KafkaProducerConfig(config).createSender()
    await using members = membersOf(config, topic)
    const instance = (name: string) => ({
      properties: {
        ...PROPERTIES,
        'spring.kafka.consumer.properties.group.instance.id': name,
        // Whoever waited for it would wait in vain.
        'spring.kafka.consumer.properties.session.timeout.ms': '200000',
      },
    })
    members.start('a', instance('one'))
    members.start('b', instance('two'))
    await balanced(members, ['a', 'b'])
    const before = members.of('assigned', 'b').at(-1)?.partitions
    const movesOfA = members.of('assigned', 'a').length

    await members.kill('b')
    members.start('b', instance('two'))
    await balanced(members, ['a', 'b'])
    expect(members.of('assigned', 'b').at(-1)?.partitions).toEqual(before)
    expect(members.of('assigned', 'a')).toHaveLength(movesOfA)

    await sender.sendAll(range(60).map((index) => ({ topic, key: `key-${index}`, value: `${index}` })))
    await waitFor(() => members.handled().size === 60, { what: 'all records' })
  })

  it('of two processes with the same group.instance.id the first one stops and says why', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'fenced', { partitions: PARTITIONS })
    await using members = membersOf(config, topic, {
      properties: { 'spring.kafka.consumer.properties.group.instance.id': 'one' },
    })
    members.start('first')
    await balanced(members, ['first'])
    members.start('second')
    const failed = await waitFor(() => members.of('state', 'first').find(({ state }) => state === 'failed'), {
      what: 'the end of the first',
    })
    expect(failed.detail).toContain('group.instance.id=one')
    await waitFor(() => members.of('assigned', 'second').at(-1)?.partitions.length === PARTITIONS, {
      what: 'the second',
    })
    expect(members.of('state', 'second').some(({ state }) => state === 'failed')).toBe(false)
  })

  it('a batch that takes longer than the session time-out costs no membership and comes once', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'slow', { partitions: PARTITIONS })
    await using sender = new KafkaProducerConfig(config).createSender()
    await using members = membersOf(config, topic, { handlingMs: 8000 })
    members.start('a')
    await balanced(members, ['a'])
    await sender.sendAll(range(10).map((index) => ({ topic, key: 'a', value: `${index}` })))
    await waitFor(() => members.of('handled').length > 0, { what: 'the end of the slow batch' })
    await waitFor(() => members.handled().size === 10, { what: 'all records' })
    expect(members.of('given-up')).toEqual([])
    expect([...members.handled().values()].every((by) => by.length === 1)).toBe(true)
  })

  it('a member whose event loop stood still beyond the session time-out joins again and hands out nothing of its old partitions', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'blocked', { partitions: PARTITIONS })
    await using sender = new KafkaProducerConfig(config).createSender()
    await using members = membersOf(config, topic)
    members.start('a')
    members.start('b')
    await balanced(members, ['a', 'b'])
    const producing = load(sender, topic)
    await waitFor(() => members.of('handled', 'a').length > 3, { what: 'some work' })

    const blockedAt = Date.now()
    members.block('a', 9000)
    await waitFor(() => members.of('assigned', 'b').at(-1)?.partitions.length === PARTITIONS, {
      what: 'the other one to take over',
    })
    await balanced(members, ['a', 'b'])
    const sent = await producing.stop()
    await waitFor(() => members.handled().size === sent, { what: `all ${sent} records` })

    expect(members.of('given-up', 'a').some(({ lost }) => lost)).toBe(true)
    expect(strayDeliveries(members)).toEqual([])
    // What 'a' had in hand when it stood still, or had not committed yet, was handled by both, and nothing else.
    const twice = [...members.handled()].filter(([, by]) => by.length > 1)
    expect(handledBefore(members, 'a', blockedAt - COMMITTED_AFTER_MS, twice)).toEqual([])
  })
})
