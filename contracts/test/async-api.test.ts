import { Parser } from '@asyncapi/parser'
import { beforeAll, describe, expect, test } from 'vitest'
import { asyncApiDocument, EVENT_NAMES, EVENTS, TOPIC_NAMES, TOPICS } from '../src/index.ts'

const ERROR = 0
const WARNING = 1

async function parse() {
  const source = asyncApiDocument({ title: 'Events', version: '1.2.3', servers: { local: 'localhost:9092' } })
  const { document, diagnostics } = await new Parser().parse(JSON.stringify(source))
  if (document === undefined) throw new Error(JSON.stringify(diagnostics, null, 1))
  return { document, diagnostics }
}

let parsed: Awaited<ReturnType<typeof parse>>
beforeAll(async () => {
  parsed = await parse()
})

describe('the AsyncAPI document', () => {
  test('is valid AsyncAPI 3.0, without a warning', () => {
    const { document, diagnostics } = parsed

    expect(diagnostics.filter(({ severity }) => severity === ERROR || severity === WARNING)).toEqual([])
    expect(document.version()).toBe('3.0.0')
    expect(document.info().version()).toBe('1.2.3')
    expect(document.servers().get('local')?.host()).toBe('localhost:9092')
  })

  test('has a channel for each topic with its events and partitions', () => {
    const { document } = parsed

    const channels = document.channels().all()
    expect(channels.map((channel) => channel.address())).toEqual(TOPIC_NAMES)
    for (const name of TOPIC_NAMES) {
      const channel = document.channels().get(name)
      const messages = channel?.messages().all()
      expect(messages?.map((message) => message.name())).toEqual(TOPICS[name].events)
      expect(channel?.bindings().get('kafka')?.value()).toMatchObject({ partitions: TOPICS[name].partitions })
    }
  })

  test('tells who writes and who reads each topic', () => {
    const { document } = parsed

    const told = document
      .operations()
      .all()
      .map((operation) => operation.id())
    const expected = TOPIC_NAMES.flatMap((name) => [
      `${TOPICS[name].owner}-sends-${name}`,
      ...TOPICS[name].readers.map((reader) => `${reader}-receives-${name}`),
    ])
    expect(told.toSorted()).toEqual(expected.toSorted())
  })

  test.each(EVENT_NAMES)('describes %s with payload, key, headers and its golden sample', (name) => {
    const { document } = parsed

    const message = document.components().messages().get(name)
    const payload = message?.payload()
    const { sample, key } = EVENTS[name]
    expect(Object.keys(payload?.properties() ?? {})).toEqual(expect.arrayContaining(Object.keys(sample)))
    expect(payload?.required()).toContain(key)
    expect(message?.bindings().get('kafka')?.value()).toMatchObject({
      key: { description: `UTF-8, the value of ${key}` },
    })
    expect(Object.keys(message?.headers()?.properties() ?? {})).toEqual(['traceparent', '__TypeId__'])
    expect(message?.examples().all()[0]?.payload()).toEqual(sample)
  })

  test('names no server unless it is told one', () => {
    expect(asyncApiDocument()).not.toHaveProperty('servers')
  })
})
