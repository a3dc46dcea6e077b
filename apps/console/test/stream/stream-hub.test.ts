import { createLogger } from '@stocker/service-kit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Viewer } from '../../src/access/roles.ts'
import { createStreamHub } from '../../src/stream/create-stream-hub.ts'
import type { Channel } from '../../src/stream/stream-hub.ts'

const VIEWER: Viewer = { name: 'ada', role: 'viewer' }
const OPERATOR: Viewer = { name: 'grace', role: 'operator' }

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A hub with one channel `orders`, and what was opened and closed in it. */
function hubWith(options: Partial<Channel> = {}) {
  const hub = createStreamHub({ logger: createLogger({ service: 'console', level: 'silent' }) })
  const opened: string[] = []
  const pushes: ((data: unknown) => void)[] = []
  hub.channel('orders', {
    kind: 'latest',
    access: 'viewer',
    open: (argument, { role }, push) => {
      opened.push(`+${argument} ${role}`)
      pushes.push(push)
      return () => opened.push(`-${argument} ${role}`)
    },
    ...options,
  })
  const push = (data: unknown): void => {
    for (const each of pushes) each(data)
  }
  return { hub, opened, push }
}

function subscriber() {
  const heard: unknown[] = []
  return {
    heard,
    frame: (_address: string, _kind: string, data: string) => heard.push(JSON.parse(data)),
    gap: (_address: string, missed: number) => heard.push({ missed }),
  }
}

describe('a channel', () => {
  it('is opened for its first listener and closed after its last: what nobody looks at costs nothing', () => {
    const { hub, opened } = hubWith()

    const leaveOne = hub.subscribe(['orders:7'], VIEWER, subscriber())
    const leaveTwo = hub.subscribe(['orders:7'], VIEWER, subscriber())
    leaveOne()
    expect(opened).toEqual(['+7 viewer'])
    leaveTwo()

    expect(opened).toEqual(['+7 viewer', '-7 viewer'])
    expect(hub.openChannels()).toBe(0)
  })

  it('is not shared between roles, since each sees something else', () => {
    const { hub, opened } = hubWith()

    hub.subscribe(['orders:7'], VIEWER, subscriber())
    hub.subscribe(['orders:7'], OPERATOR, subscriber())

    expect(opened).toEqual(['+7 viewer', '+7 operator'])
  })

  it('of what is pushed between two frames sends the latest, four times a second', () => {
    const { hub, push } = hubWith()
    const { heard, ...listener } = subscriber()
    hub.subscribe(['orders'], VIEWER, listener)

    push(1)
    vi.advanceTimersByTime(0)
    push(2)
    push(3)
    vi.advanceTimersByTime(249)
    expect(heard).toEqual([1])
    vi.advanceTimersByTime(1)

    expect(heard).toEqual([1, 3])
  })

  it('tells whoever comes later what it said last', () => {
    const { hub, push } = hubWith()
    hub.subscribe(['orders'], VIEWER, subscriber())
    push(1)
    vi.advanceTimersByTime(0)
    const { heard, ...late } = subscriber()

    hub.subscribe(['orders'], VIEWER, late)

    expect(heard).toEqual([1])
  })

  it('that appends sends all items in order, and says how many are missing when they are too many', () => {
    const { hub, push } = hubWith({ kind: 'append' })
    const { heard, ...listener } = subscriber()
    hub.subscribe(['orders'], VIEWER, listener)

    for (let item = 1; item <= 3; item += 1) push(item)
    vi.advanceTimersByTime(0)
    for (let item = 1; item <= 502; item += 1) push(item)
    vi.advanceTimersByTime(250)

    expect(heard).toEqual([[1, 2, 3], { missed: 501 }, [502]])
  })

  it('that fails to put something into words goes on with the next', () => {
    const { hub, push } = hubWith()
    const { heard, ...listener } = subscriber()
    hub.subscribe(['orders'], VIEWER, listener)

    push(1n)
    vi.advanceTimersByTime(0)
    push(2)
    vi.advanceTimersByTime(250)

    expect(heard).toEqual([2])
  })
})

describe('a listener', () => {
  it('gets nothing of a channel for another role, and leaves the others closed', () => {
    const { hub, opened } = hubWith()
    hub.channel('secrets', { kind: 'latest', access: 'operator', open: () => () => {} })

    expect(() => hub.subscribe(['orders', 'secrets'], VIEWER, subscriber())).toThrow(
      'The channel secrets is for operator, and you are viewer.',
    )

    expect(opened).toEqual(['+ viewer', '- viewer'])
    expect(hub.openChannels()).toBe(0)
  })

  it('is told of a channel that does not exist', () => {
    const { hub } = hubWith()

    expect(() => hub.subscribe(['nothing:1'], VIEWER, subscriber())).toThrow('There is no channel "nothing".')
  })
})

it('two features cannot have the same channel', () => {
  const { hub } = hubWith()

  expect(() => hub.channel('orders', { kind: 'latest', access: 'viewer', open: () => () => {} })).toThrow(
    'Two features have a channel orders.',
  )
})
