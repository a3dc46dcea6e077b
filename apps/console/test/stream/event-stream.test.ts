import { once } from 'node:events'
import { Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { waitFor } from '../../../../test/servers.ts'
import { EventStream } from '../../src/stream/event-stream.ts'

/** A client that takes what it is sent only when it is told to. */
function slowClient(stream: EventStream) {
  let text = ''
  let take: (() => void) | undefined
  let awake = false
  const client = new Writable({
    highWaterMark: 1,
    write: (chunk, _encoding, done) => {
      text += chunk
      if (awake) done()
      else take = done
    },
  })
  stream.pipe(client)
  return {
    text: () => text,
    wake: () => {
      awake = true
      take?.()
    },
  }
}

const LARGE = JSON.stringify('x'.repeat(70_000))

it('a slow client gets the latest of what it missed, and is told how many items are missing', async () => {
  const stream = new EventStream({ keptItems: 3 })
  const client = slowClient(stream)
  stream.frame('home', 'latest', LARGE, 1)
  stream.frame('home', 'latest', '1', 1)
  stream.frame('home', 'latest', '2', 1)
  stream.frame('tail', 'append', '[1,2]', 2)
  stream.frame('tail', 'append', '[3,4]', 2)
  stream.frame('tail', 'append', '[5]', 1)

  client.wake()
  await waitFor(() => client.text().includes('[5]'), { what: 'the last item' })
  stream.destroy()

  expect(client.text().replace(LARGE, 'LARGE')).toBe(
    [
      'retry: 2000',
      'event: home\ndata: LARGE',
      'event: home\ndata: 2',
      'event: gap\ndata: {"channel":"tail","missed":4}',
      'event: tail\ndata: [5]',
      '',
    ].join('\n\n'),
  )
})

it('a client that takes nothing at all is given up', async () => {
  const stream = new EventStream({ slowMs: 20 })
  slowClient(stream)

  stream.frame('home', 'latest', LARGE, 1)
  stream.frame('home', 'latest', LARGE, 1)
  await once(stream, 'close')

  expect(stream.destroyed).toBe(true)
})

it('a quiet stream says that it is alive, and ends after its longest time', async () => {
  const stream = new EventStream({ heartbeatMs: 5, longestMs: 60 })
  let text = ''
  for await (const chunk of stream) text += chunk

  expect(text).toMatch(/^retry: 2000\n\n(:\n\n)+$/)
})
