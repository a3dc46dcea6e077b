import { EVENTS } from '@stocker/contracts'
import { describe, expect, it } from 'vitest'
import { checkPayload } from '../../src/dead-letters/payload-check.ts'

const { sample, topic } = EVENTS.OrderCreatedEvent
const address = sample.shippingAddress as object
const check = (payload: object) => checkPayload({ topic, eventType: null, value: Buffer.from(JSON.stringify(payload)) })

describe('an edited payload', () => {
  it('is refused when masks stand in place of values, so that nobody overwrites what they could not see', () => {
    expect(check(sample)).toEqual([])
    expect(check({ ...sample, shippingAddress: { ...address, name: '[masked]' } })).toEqual([
      expect.stringContaining('masks in place of values'),
    ])
    expect(check({ ...sample, '[unknown fields]': '[masked]' })).toEqual([expect.stringContaining('masks')])
  })
})
