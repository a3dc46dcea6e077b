import { useEffect, useRef, useState } from 'preact/hooks'
import { announce } from '../web/announce.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { bytesText, numberText } from '../web/number-text.ts'
import { durationText } from '../web/time-text.ts'
import type { BrowseEnd, BrowseProgress } from './browse/browse.ts'
import { MISSES } from './browse/browse.ts'
import type { SearchScope } from './explain-search.ts'
import { explainSearch } from './explain-search.ts'
import { MessageTable } from './message-table.ts'
import type { MessageView } from './message-view.ts'
import { messagesApi } from './paths.ts'

export interface MessageSearchProps {
  readonly topic: string
  /** Conditions, as they stand in the address. */
  readonly conditions: string
  readonly limit: number
  readonly messages: readonly MessageView[]
  readonly progress: BrowseProgress
  readonly scope: SearchScope
  readonly end: BrowseEnd
  /** Set while there is more to read than one answer may take, and less found than was asked for. */
  readonly cursor: string | undefined
}

interface Reading {
  readonly messages: readonly MessageView[]
  readonly progress: BrowseProgress
  readonly end: BrowseEnd
  /** Why it did not go on. */
  readonly failure?: string
  readonly cursor: string | undefined
}

/** What a search has found; reads on by itself until as much is found as was asked for, or all is read. */
export function Island(props: MessageSearchProps): VNode {
  const { topic, conditions, limit, scope } = props
  const total = scope.records
  const [reading, setReading] = useState<Reading>(props)
  const [stopped, setStopped] = useState(false)
  const before = useRef(props.progress)
  const { cursor, messages, progress } = reading
  const more = cursor !== undefined && messages.length < limit

  useEffect(() => {
    if (!more || stopped) return
    const parameters = new URLSearchParams(conditions)
    parameters.set('cursor', cursor)
    parameters.set('limit', String(limit - messages.length))
    const source = new EventSource(`${messagesApi(topic, '/stream')}?${parameters}`)
    const on = <T>(name: string, hear: (data: T) => void): void =>
      source.addEventListener(name, (event) => hear(JSON.parse((event as MessageEvent<string>).data)))
    on<MessageView>('MESSAGE', (message) => setReading((now) => ({ ...now, messages: [...now.messages, message] })))
    on<BrowseProgress>('CONSUMING', (part) => setReading((now) => ({ ...now, progress: sum(before.current, part) })))
    on<BrowseProgress & { cursor?: string; end: BrowseEnd }>('DONE', (done) => {
      source.close()
      before.current = sum(before.current, done)
      const after = { progress: before.current, end: done.end, cursor: done.cursor }
      setReading((now) => ({ ...now, ...after }))
      announce(explainSearch(scope, { ...after.progress, end: after.end }))
    })
    on<{ detail: string }>('FAILED', ({ detail }) => {
      source.close()
      setStopped(true)
      setReading((now) => ({ ...now, failure: detail }))
    })
    source.onerror = () => {
      source.close()
      setStopped(true)
    }
    return () => source.close()
  }, [cursor, more, stopped])

  return html`
    <p class="search-note">
      ${
        more
          ? html`<span>${stopped ? 'Stopped after' : 'Reading:'} ${numberText(progress.records)} of ${numberText(total)} records, ${bytesText(progress.bytes)}, ${durationText(progress.elapsedMs)}; ${messages.length} found${reading.failure !== undefined && `; ${reading.failure}`}</span>
              <progress max=${total} value=${Math.min(total, progress.records)} aria-label="Records read"></progress>
              <button type="button" onClick=${() => setStopped(!stopped)}>${stopped ? 'Read on' : 'Stop'}</button>`
          : html`<span>${explainSearch(scope, { ...progress, end: reading.end })}</span>`
      }
    </p>
    <${MessageTable} messages=${messages} empty=${more && !stopped ? 'Nothing found so far.' : 'No record is shown; the line above says why.'} />
  `
}

function sum(a: BrowseProgress, b: BrowseProgress): BrowseProgress {
  return {
    records: a.records + b.records,
    bytes: a.bytes + b.bytes,
    elapsedMs: a.elapsedMs + b.elapsedMs,
    matched: a.matched + b.matched,
    missed: Object.fromEntries(
      MISSES.map((miss) => [miss, a.missed[miss] + b.missed[miss]]),
    ) as BrowseProgress['missed'],
  }
}
