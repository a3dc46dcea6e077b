import { defineProblems } from '@stocker/service-kit'

export const streamProblem = defineProblems({
  CHANNEL_NOT_FOUND: { status: 404, title: 'There is no such channel' },
  CHANNEL_NOT_ALLOWED: { status: 403, title: 'This channel is for another role' },
  TOO_MANY_CHANNELS: { status: 422, title: 'Too many channels for one stream' },
  TOO_MANY_STREAMS: { status: 503, title: 'Too many tabs are listening', hint: 'Close some, or press pause in them.' },
})
