import { KafkaTopicConfig, redriveTopicOf } from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import { orders, useShop } from './shop.ts'

const { openShop, follow } = useShop()
const ask = { by: 'ada', reason: 'the gateway is back' }

describe('1,000 dead letters of 100 keys, sent again by one order', () => {
  it('are each handled once, in the order of their key, by the group that failed and nobody else', async () => {
    let away = true
    const shop = await openShop('thousand', () => away)
    const others = await follow(shop.topic)
    await shop.place(orders(100, 10))
    await shop.deadLetters(1_000)
    away = false
    await shop.redriver()

    const { id, items, refused } = await shop.redrives.start({
      ...ask,
      selection: { topic: shop.topic },
      ratePerSecond: 5_000,
    })
    const ended = await shop.ended(id)

    expect([items.length, refused]).toEqual([1_000, []])
    expect(ended).toMatchObject({
      state: 'FINISHED',
      counts: { total: 1_000, planned: 0, underWay: 0, handled: 1_000, failed: 0, released: 0 },
    })
    expect(shop.handled).toHaveLength(1_000)
    for (const [key, ofKey] of Map.groupBy(shop.handled, ({ orderId }) => orderId)) {
      expect([key, ofKey.map(({ n }) => n)]).toEqual([key, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]])
    }
    expect(new Set(shop.handled.map(({ topic }) => topic))).toEqual(new Set([shop.topic]))
    await shop.deadLetters(1_000, 'REDRIVEN')
    expect(others).toHaveLength(1_000)
  })
})

describe('a redrive', () => {
  it('begins with one, and stops when it fails again: nothing else was sent, and all can be sent another time', async () => {
    const shop = await openShop('canary', () => true)
    await shop.place(orders(4, 2))
    await shop.deadLetters(8)
    await shop.redriver()

    const { id } = await shop.redrives.start({ ...ask, selection: { topic: shop.topic } })
    const ended = await shop.ended(id)

    expect(ended).toMatchObject({
      state: 'STOPPED',
      stopReason: expect.stringMatching(/^dead letter \d+ failed again$/),
      counts: { total: 8, handled: 0, failed: 1, released: 7 },
    })
    const letters = await shop.deadLetters(8)
    expect(letters.map(({ redrives }) => redrives).sort()).toEqual([0, 0, 0, 0, 0, 0, 0, 1])
    const again = letters.find(({ redrives }) => redrives === 1)
    expect(again).toMatchObject({ state: 'NEW', redrivesLeft: 2, occurrences: 2 })
    const { history } = await shop.queries.find(again?.id as string)
    expect(history.map(({ attempt }) => attempt)).toEqual([null, 1])
  })

  it('that does not stop holds back only what is behind the failed one in its key', async () => {
    let away = true
    const shop = await openShop('go-on', ({ orderId, n }) => away || (orderId === 'order-1' && n === 1))
    await shop.place(orders(3, 3))
    await shop.deadLetters(9)
    away = false
    await shop.redriver()

    const { id } = await shop.redrives.start({
      ...ask,
      selection: { topic: shop.topic },
      stopOnFailure: false,
      ramp: [],
    })
    const ended = await shop.ended(id)

    expect(ended).toMatchObject({ state: 'FINISHED', counts: { handled: 7, failed: 1, released: 1 } })
    const left = await shop.deadLetters(2)
    expect(left.map(({ key, redrives }) => [key, redrives])).toEqual([
      ['order-1', 1],
      ['order-1', 0],
    ])
  })

  it('fails three times, and then the dead letter is parked until somebody releases it', async () => {
    const shop = await openShop('three', () => true)
    await shop.place(orders(1, 1))
    const [letter] = await shop.deadLetters(1)
    const selection = { ids: [letter?.id as string] }
    await shop.redriver()

    for (const time of [1, 2, 3]) {
      const { id } = await shop.redrives.start({ ...ask, selection })
      expect([time, (await shop.ended(id)).counts.failed]).toEqual([time, 1])
    }

    expect(await shop.deadLetters(1, 'PARKED')).toMatchObject([{ redrives: 3, redrivesLeft: 0, occurrences: 4 }])
    await expect(shop.redrives.start({ ...ask, selection })).rejects.toMatchObject({ code: 'NOTHING_TO_REDRIVE' })
    const audit = await shop.queries.audit({ id: letter?.id as string, limit: 10 })
    expect(audit.map(({ who, action }) => `${who} ${action}`)).toEqual([
      'system park',
      'ada redrive',
      'ada redrive',
      'ada redrive',
    ])
    await shop.actions.release(selection, ask)
    expect((await shop.redrives.plan(selection)).items).toHaveLength(1)
  })

  it('as a dry run says what would be sent in which order and what is refused, and changes nothing', async () => {
    const shop = await openShop('dry', () => true)
    await shop.place(orders(1, 3))
    const letters = await shop.deadLetters(3)
    const [first, second, third] = letters.map(({ id }) => id)
    await shop.redriver()

    const all = await shop.redrives.plan({ topic: shop.topic })
    const later = await shop.redrives.plan({ ids: [second as string, third as string] })

    expect(all.items.map(({ id }) => id)).toEqual([first, second, third])
    expect(later).toEqual({
      items: [],
      refused: [
        { id: second, refusal: 'BEHIND_OLDER', behind: first },
        { id: third, refusal: 'BEHIND_OLDER', behind: first },
      ],
    })
    expect(await shop.queries.list({}, { limit: 10 })).toEqual(letters.toReversed())
    expect(await shop.redrives.list(10)).toEqual([])
    expect(await shop.queries.audit({ limit: 10 })).toEqual([])
  })

  it('of two that ask at once belongs to one of them', async () => {
    let away = true
    const shop = await openShop('two', () => away)
    await shop.place(orders(5, 2))
    await shop.deadLetters(10)
    away = false
    await shop.redriver()
    await shop.redriver()

    const order = { ...ask, selection: { topic: shop.topic }, ramp: [] }
    const answers = await Promise.allSettled([shop.redrives.start(order), shop.redrives.start({ ...order, by: 'bob' })])

    const started = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
    expect(started.map(({ items }) => items.length)).toEqual([10])
    await shop.ended(started[0]?.id as string)
    expect(shop.handled).toHaveLength(10)
  })

  it('that is stopped by a person sends nothing more; what is with the listener is still waited for', async () => {
    const shop = await openShop('stop', () => true)
    await shop.place(orders(3, 1))
    await shop.deadLetters(3)
    const { id } = await shop.redrives.start({ ...ask, selection: { topic: shop.topic } })

    const stopped = await shop.redrives.stop(id, { by: 'bob', reason: 'wrong morning' })
    await shop.redriver()

    expect(stopped).toMatchObject({ state: 'STOPPED', stopReason: 'bob: wrong morning', counts: { released: 3 } })
    await shop.deadLetters(3)
    expect((await shop.queries.audit({ limit: 5 })).map(({ action }) => action)).toEqual(['stop', 'redrive'])
  })

  it('to a group that does not listen waits, and says for whom', async () => {
    const shop = await openShop('nobody', () => true)
    await shop.place(orders(1, 1))
    await shop.deadLetters(1)
    const consumerGroup = `${shop.topic}-java`
    await shop.pool.query('update dead_letters set consumer_group = $1', [consumerGroup])
    await using topics = new KafkaTopicConfig(shop.config, [{ name: redriveTopicOf(consumerGroup) }])
    await topics.ensureTopics()
    await shop.redriver()

    const { id } = await shop.redrives.start({ ...ask, selection: { topic: shop.topic } })

    const status = await waitFor(
      async () => {
        const now = await shop.redrives.find(id)
        return now.waitingFor.length > 0 && now
      },
      { what: 'it waits for the group' },
    )
    expect(status).toMatchObject({ state: 'RUNNING', counts: { underWay: 1 }, waitingFor: [{ consumerGroup }] })
  })

  it('of a payload that the broker will never take fails, and says why', async () => {
    const shop = await openShop('large', () => true)
    await shop.place([{ orderId: 'x'.repeat(2_000), n: 0 }])
    await shop.deadLetters(1)
    const consumerGroup = `${shop.topic}-java`
    await shop.pool.query('update dead_letters set consumer_group = $1', [consumerGroup])
    await using topics = new KafkaTopicConfig(shop.config, [
      { name: redriveTopicOf(consumerGroup), configs: { 'max.message.bytes': '1000' } },
    ])
    await topics.ensureTopics()
    await shop.redriver()

    const { id } = await shop.redrives.start({ ...ask, selection: { topic: shop.topic } })

    expect(await shop.ended(id)).toMatchObject({ state: 'STOPPED', counts: { failed: 1 } })
    const { rows } = await shop.pool.query('select error from redrive_items')
    expect(rows).toEqual([{ error: expect.stringMatching(/max\.message\.bytes|too large|larger/i) }])
    expect(await shop.deadLetters(1)).toMatchObject([{ redrives: 1, redrivesLeft: 2, occurrences: 1 }])
  })
})
