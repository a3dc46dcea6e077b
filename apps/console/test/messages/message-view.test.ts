import type { ListenerRecord } from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import { maskerOf } from '../../src/access/masking.ts'
import { kafkaMessage } from '../../src/messages/kafka-message.ts'
import { messageMask } from '../../src/messages/message-mask.ts'
import { messageView } from '../../src/messages/message-view.ts'

const at = (timestamp: bigint): ListenerRecord => ({
  topic: 'order-events',
  partition: 0,
  offset: 7n,
  timestamp,
  timestampType: 'CreateTime',
  key: null,
  headers: [],
  raw: { key: null, value: null, headers: [] },
  value: null,
  typeId: undefined,
})

describe('a record as it is shown', () => {
  it('has no time where its producer gave a number that is none, and can be looked at all the same', () => {
    const timeOf = (timestamp: bigint) =>
      messageView(kafkaMessage(at(timestamp)), messageMask(maskerOf('support'))).timestamp

    expect([-1n, 0n, 9_223_372_036_854_775_807n].map(timeOf)).toEqual([null, '1970-01-01T00:00:00.000Z', null])
  })
})
