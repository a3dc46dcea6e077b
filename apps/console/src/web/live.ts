import { signal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'

/**
 * What happens now, from `/ops/stream`: one connection for all that a page listens to. It is closed while the tab is hidden or the viewer has pressed
 * pause. On the server nothing of this does anything.
 */
export type LiveState = 'idle' | 'connecting' | 'live' | 'paused' | 'lost'

/** For the switch at the top, and for islands that say how fresh they are. */
export const liveState = signal<LiveState>('idle')

export interface LiveListener<T> {
  /** A frame: the latest value of a `latest` channel, the new items of an `append` channel. */
  data(frame: T): void
  /** Something of an `append` channel is missing, because it was too much or the connection was away: ask for the whole again. */
  gap?(): void
}

const RETRY_MS = 5_000
/** Islands become alive one after the other; the connection is made for all of them. */
const COLLECT_MS = 30

const listeners = new Map<string, Set<LiveListener<unknown>>>()
let source: EventSource | undefined
let openedBefore = false
let paused = false
let timer: ReturnType<typeof setTimeout> | undefined

/** Hears of a channel until the returned function is called. */
export function listen<T>(channel: string, listener: LiveListener<T>): () => void {
  const known = listeners.get(channel) ?? new Set()
  listeners.set(channel, known.add(listener as LiveListener<unknown>))
  if (known.size === 1) connectSoon(COLLECT_MS)
  return () => {
    known.delete(listener as LiveListener<unknown>)
    if (known.size > 0) return
    listeners.delete(channel)
    connectSoon(COLLECT_MS)
  }
}

/** The latest value of a `latest` channel, at first `initial`. */
export function useLatest<T>(channel: string, initial: T): T {
  const [value, setValue] = useState(initial)
  useEffect(() => listen<T>(channel, { data: (frame) => setValue(() => frame) }), [channel])
  return value
}

export function pauseLive(pause: boolean): void {
  paused = pause
  connectSoon(0)
}

function connectSoon(ms: number): void {
  clearTimeout(timer)
  timer = setTimeout(connect, ms)
}

function connect(): void {
  source?.close()
  source = undefined
  if (listeners.size === 0) liveState.value = 'idle'
  else if (paused) liveState.value = 'paused'
  else if (document.visibilityState === 'visible') open()
}

function open(): void {
  liveState.value = 'connecting'
  const opened = new EventSource(
    `/ops/stream?${new URLSearchParams({ ch: [...listeners.keys()].map(encodeURIComponent).join(',') })}`,
  )
  source = opened
  opened.onopen = () => {
    liveState.value = 'live'
    if (openedBefore) for (const channel of listeners.keys()) tellGap(channel)
    openedBefore = true
  }
  opened.onerror = () => {
    liveState.value = 'lost'
    // The browser tries again by itself after a lost connection, but not after an answer that is no stream.
    if (opened.readyState === EventSource.CLOSED && opened === source) connectSoon(RETRY_MS)
  }
  for (const [channel, known] of listeners) {
    opened.addEventListener(channel, ({ data }) => {
      const frame: unknown = JSON.parse(data)
      for (const listener of known) listener.data(frame)
    })
  }
  opened.addEventListener('gap', ({ data }) => tellGap(JSON.parse(data).channel))
}

function tellGap(channel: string): void {
  for (const listener of listeners.get(channel) ?? []) listener.gap?.()
}

if (typeof document !== 'undefined') {
  document.addEventListener('visibilitychange', () => connectSoon(0))
  // A page that is kept for the way back must not hold a connection.
  window.addEventListener('pagehide', () => source?.close())
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) connectSoon(0)
  })
}
