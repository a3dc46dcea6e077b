import { KafkaProducerConfig } from '@stocker/kafka-config'
import { createLogger } from '@stocker/service-kit'
import { afterEach, describe, expect, it } from 'vitest'
import { freshTopic, range, testConfig } from '../../../../packages/kafka-config/test/support.ts'
import { waitFor } from '../../../../test/servers.ts'
import { UNMASKED } from '../../src/access/masking.ts'
import { createLiveRecords } from '../../src/messages/live-records.ts'
import { messageMask } from '../../src/messages/message-mask.ts'
import { createSampler } from '../../src/messages/tail/sampler.ts'
import { TAIL_ROWS_PER_SECOND, tailChannel } from '../../src/messages/tail/tail-channel.ts'
import type { TailFrame } from '../../src/messages/tail/tail-row.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function openTail() {
  const kafka = testConfig()
  const topic = await freshTopic(kafka, 'tailed', { partitions: 2 })
  const sender = new KafkaProducerConfig(kafka).createSender()
  closing.push(() => sender.close())
  const live = createLiveRecords({ kafka, logger: createLogger({ service: 'console', level: 'silent' }) })
  closing.push(() => live.close())
  const channel = tailChannel({ live, mask: () => messageMask(UNMASKED) })
  const tail = (conditions = '') => {
    const frames: TailFrame[] = []
    const close = channel.open(`${topic}${conditions}`, { name: 'ada', role: 'support' }, (frame) =>
      frames.push(frame as TailFrame),
    )
    closing.push(close)
    const sum = (field: 'records' | 'matched'): number => frames.reduce((total, frame) => total + frame[field], 0)
    const rows = () => frames.flatMap((frame) => frame.rows)
    return { frames, rows, sum, close, live: () => waitFor(() => frames.length > 0, { what: 'the first frame' }) }
  }
  const send = (records: readonly (readonly [key: string, value: object])[]) =>
    sender.sendAll(records.map(([key, value]) => ({ topic, key, value: JSON.stringify(value) })))
  return { channel, topic, send, tail }
}

describe('a tail', () => {
  it('shows what comes into a topic from now on, as far as it fulfils the conditions', async () => {
    const { send, tail } = await openTail()
    await send([['before', { n: 0 }]])
    const all = tail()
    const some = tail(`?${new URLSearchParams({ type: 'OrderCreatedEvent', filter: 'total>5' })}`)
    const ofKey = tail('?key=o-2')
    await Promise.all([all.live(), some.live(), ofKey.live()])

    await send([
      ['o-1', { eventType: 'OrderCreatedEvent', correlationId: 'o-1', total: 3 }],
      ['o-2', { eventType: 'OrderCreatedEvent', correlationId: 'o-2', total: 7 }],
      ['o-2', { eventType: 'OrderConfirmedEvent', total: 9 }],
    ])

    await waitFor(() => all.sum('matched') === 3 && some.sum('records') === 3 && ofKey.sum('records') === 3, {
      what: 'three records',
    })
    expect(some.rows()).toMatchObject([
      { key: 'o-2', type: 'OrderCreatedEvent', correlationId: 'o-2', preview: expect.stringContaining('"total":7') },
    ])
    expect(ofKey.rows().map(({ type }) => type)).toEqual(['OrderCreatedEvent', 'OrderConfirmedEvent'])
    expect(some.sum('matched')).toBe(1)
  })

  it('shows no more than somebody can look at, and says how many there were', async () => {
    const { send, tail } = await openTail()
    const { frames, rows, sum, live } = tail()
    await live()

    await send(range(20_000).map((n) => [`key-${n}`, { n }] as const))

    await waitFor(() => sum('records') === 20_000, { what: '20,000 records' })
    // One window's share a frame, and there cannot be more frames than windows.
    expect(rows().length).toBeLessThanOrEqual(frames.length * (TAIL_ROWS_PER_SECOND / 4) * 2)
    expect(Math.max(...frames.map(({ oneIn }) => oneIn))).toBeGreaterThan(1)
    expect(sum('matched')).toBe(20_000)
  })

  it('refuses conditions that cannot be read', async () => {
    const { channel, topic } = await openTail()
    const open = (argument: string) => () => channel.open(argument, { name: 'ada', role: 'support' }, () => undefined)

    for (const argument of ['', `${topic}?filter="x`, `${topic}?partition=one`, `${topic}?limit=3`]) {
      expect(open(argument)).toThrow(expect.objectContaining({ code: 'INVALID_FILTER', status: 400 }))
    }
  })
})

describe('what is let through of a stream', () => {
  const perWindow = (rates: readonly number[]): number[][] => {
    const sampler = createSampler({ perSecond: 200, windowMs: 250 })
    return rates.map((rate, window) => {
      const shown = range(rate).filter((n) => sampler.take(window * 250 + (n * 250) / rate)).length
      return [shown, sampler.oneIn]
    })
  }

  it('is all of it up to 200 a second', () => {
    expect(perWindow([50, 50, 0, 12])).toEqual([
      [50, 1],
      [50, 1],
      [0, 1],
      [12, 1],
    ])
  })

  it('is one in n beyond, evenly, where n follows the rate', () => {
    // 5,000 a second: 1,250 in a window, of which 50 are shown.
    expect(perWindow([1_250, 1_250, 1_250, 100, 50])).toEqual([
      [50, 25],
      [50, 25],
      [50, 25],
      [4, 25],
      [25, 2],
    ])
  })
})
