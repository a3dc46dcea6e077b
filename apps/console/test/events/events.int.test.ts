import { randomUUID } from 'node:crypto'
import { EVENTS } from '@stocker/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestTopics } from '../../../../test/kafka-records.ts'
import { testTopics } from '../../../../test/kafka-records.ts'
import { waitFor } from '../../../../test/servers.ts'
import type { TestConsole } from '../start-console.ts'
import { startConsole } from '../start-console.ts'

describe('events and messages of the console', () => {
  let topics: TestTopics
  let opened: TestConsole
  beforeAll(async () => {
    topics = await testTopics(
      ['cart-events', 'order-events', 'payment-events', 'dispatch-events', 'delivery-events', 'catalog-events'],
      ['order-events'],
    )
    opened = await startConsole()
  })
  afterAll(async () => {
    await opened?.[Symbol.asyncDispose]()
    await topics?.[Symbol.asyncDispose]()
  })

  const json = async (role: Parameters<TestConsole['ask']>[0], path: string, init?: RequestInit) => {
    const answer = await opened.ask(role, path, init)
    return { status: answer.status, body: await answer.json() }
  }
  const publish = (role: Parameters<TestConsole['ask']>[0], topic: string, value: object) =>
    json(role, `/ops/api/messages/${topic}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ value, reason: 'to try it' }),
    })
  const returnRequested = (more: object = {}) => {
    const orderId = randomUUID()
    const value = {
      ...EVENTS.OrderReturnRequestedEvent.sample,
      orderId,
      correlationId: orderId,
      eventId: randomUUID(),
      ...more,
    }
    return { orderId, value }
  }

  it('a developer publishes an event; it is in the topic by its key, in the audit, and in the catalogue’s count', async () => {
    const { orderId, value } = returnRequested()

    const { status, body } = await publish('developer', 'order-events', value)

    expect(status).toBe(201)
    await waitFor(() => topics.seen('order-events', orderId).length === 1, { what: 'the event' })
    const found = await json('support', `/ops/api/messages/order-events/${body.partition}/${body.offset}`)
    expect(found.body).toMatchObject({
      key: orderId,
      type: 'OrderReturnRequestedEvent',
      correlationId: orderId,
      masked: false,
    })
    const page = await json('support', `/ops/api/messages/order-events?key=${orderId}`)
    expect(page.body.messages).toEqual([found.body])
    const audit = await json('operator', '/ops/api/audit?limit=50')
    expect(JSON.stringify(audit.body)).toContain(value.eventId)
    const event = await waitFor(
      async () => {
        // On a broker that is busy with other tests only a sample is looked at: another one, until it is in it.
        await publish('developer', 'order-events', returnRequested().value)
        const { body: seen } = await json('viewer', '/ops/api/events/OrderReturnRequestedEvent')
        return seen.last15Minutes.count > 0 && seen
      },
      { what: 'the event in the catalogue' },
    )
    expect(event).toMatchObject({
      topic: 'order-events',
      producer: 'order-service',
      key: 'orderId',
      example: EVENTS.OrderReturnRequestedEvent.sample,
    })
    expect(event.consumers.map(({ service }: { service: string }) => service)).toContain('delivery-service')
  })

  it('what is no event of the topic is refused with what is wrong, and nothing is sent', async () => {
    const { orderId, value } = returnRequested()

    for (const [topic, wrong, says] of [
      ['payment-events', value, 'OrderReturnRequestedEvent belongs to order-events, not to payment-events'],
      ['order-events', { ...value, reason: 7 }, 'breaks its contract'],
      ['order-events', { ...value, eventId: undefined }, 'eventId'],
      ['order-events', { ...value, detail: '[masked]' }, 'masks in place of values'],
      ['redrive-results', value, 'has no contract'],
    ] as const) {
      const { status, body } = await publish('developer', topic, wrong)
      expect([status, body.code, body.detail]).toEqual([422, 'PAYLOAD_REFUSED', expect.stringContaining(says)])
    }
    expect((await publish('operator', 'order-events', value)).status).toBe(403)
    expect((await json('support', `/ops/api/messages/order-events?key=${orderId}`)).body.messages).toEqual([])
  })

  it('support finds nothing by a personal value, and sees none; an operator does after giving a reason', async () => {
    const orderId = randomUUID()
    const name = `Canary ${randomUUID()}`
    const { sample } = EVENTS.OrderCreatedEvent
    const address = { ...(sample.shippingAddress as object), name }
    const value = { ...sample, orderId, correlationId: orderId, eventId: randomUUID(), shippingAddress: address }
    const { body: place } = await publish('developer', 'order-events', value)
    const search = (conditions: Record<string, string>) =>
      opened.ask('support', `/ops/api/messages/order-events?${new URLSearchParams({ key: orderId, ...conditions })}`)

    expect(await (await search({})).text()).toContain('[masked]')
    for (const filter of [`"${name}"`, `shippingAddress.name="${name}"`, 'Canary', `shippingAddress.name~Canary`]) {
      const text = await (await search({ filter })).text()
      expect(JSON.parse(text).messages).toEqual([])
      expect(text).not.toContain(name)
    }
    const stream = await opened.ask('support', `/ops/api/messages/order-events/stream?key=${orderId}`)
    const events = await stream.text()
    expect(events).toContain('event: MESSAGE')
    expect(events).toContain('event: DONE')
    expect(events).not.toContain(name)
    expect((await opened.ask('support', `/ops/api/messages/order-events/download?key=${orderId}`)).status).toBe(403)
    const one = `/ops/api/messages/order-events/${place.partition}/${place.offset}`
    expect(await (await opened.ask('operator', one)).text()).not.toContain(name)
    const unmask = await opened.ask('operator', '/ops/api/unmask', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        subject: `message:order-events/${place.partition}/${place.offset}`,
        reason: 'a customer asks',
      }),
    })
    expect(unmask.status).toBe(200)
    expect(await (await opened.ask('operator', one)).text()).toContain(name)
  })

  it('conditions that cannot be read are answered with what would be right', async () => {
    const ask = async (query: string) => (await json('support', `/ops/api/messages/order-events?${query}`)).body

    expect(await ask('from=yesterday')).toMatchObject({ status: 400, code: 'INVALID_START' })
    expect(await ask('filter=total.amount%3E')).toMatchObject({ status: 400, code: 'INVALID_FILTER' })
    expect(await ask('cursor=nonsense')).toMatchObject({ status: 400, code: 'INVALID_CURSOR' })
    expect((await json('support', '/ops/api/messages/no-such-topic')).body).toMatchObject({
      status: 404,
      code: 'TOPIC_NOT_FOUND',
    })
  })

  it('a viewer sees which topics there are and no record; everybody may have the AsyncAPI document', async () => {
    const { body } = await json('viewer', '/ops/api/messages')
    expect(body.topics).toContainEqual(
      expect.objectContaining({
        ...{ name: 'order-events', partitions: expect.any(Number), owner: 'order-service' },
        bytes: expect.any(Number),
      }),
    )
    expect(body.sizeProblems).toEqual([])
    expect((await opened.ask('viewer', '/ops/api/messages/order-events')).status).toBe(403)
    const document = await fetch(`${opened.url}/asyncapi.json`)
    expect(await document.json()).toMatchObject({
      asyncapi: '3.0.0',
      channels: { 'order-events': { address: 'order-events' } },
    })
  })
})
