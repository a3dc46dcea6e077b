import { defineProblems } from '@stocker/service-kit'

export const messageProblem = defineProblems({
  TOPIC_NOT_FOUND: {
    status: 404,
    title: 'There is no such topic',
    hint: 'GET /ops/api/messages lists those that there are.',
  },
  PARTITION_NOT_FOUND: { status: 404, title: 'The topic has no such partition' },
  MESSAGE_NOT_FOUND: {
    status: 404,
    title: 'There is no record at this offset',
    hint: 'It was deleted by the topic’s retention or compaction, or is not written yet.',
  },
  INVALID_START: {
    status: 400,
    title: 'It is not clear where to begin',
    hint: 'from: latest, earliest, 10m (ago; s, m, h, d), 2026-03-01T12:00:00Z, or an offset such as offset:812.',
  },
  INVALID_FILTER: {
    status: 400,
    title: 'The filter cannot be read',
    hint: 'Words that the record contains, and fields: total.amount>=5000 lines.sku=mug reason="no stock".',
  },
  INVALID_CURSOR: { status: 400, title: 'The cursor is none that an earlier answer gave' },
  MESSAGE_MASKED: { status: 409, title: 'The record holds values that you do not see' },
  PAYLOAD_REFUSED: { status: 422, title: 'The payload is no event of the contracts' },
})
