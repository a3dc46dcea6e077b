import { Component } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { announce } from '../web/announce.ts'
import { Time } from '../web/components/time.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { listen } from '../web/live.ts'
import { bytesText, numberText } from '../web/number-text.ts'
import { messagePath } from './paths.ts'
import type { TailFrame, TailRow } from './tail/tail-row.ts'
import type { Tail } from './tail/tail-rows.ts'
import { addFrame, EMPTY_TAIL } from './tail/tail-rows.ts'

export interface TailProps {
  readonly topic: string
  /** Channel of the stream. */
  readonly channel: string
}

/** What comes into a topic while one looks, the newest first. */
export function Island({ topic, channel }: TailProps): VNode {
  const [tail, setTail] = useState<Tail>(EMPTY_TAIL)
  const [paused, setPaused] = useState(false)

  useEffect(() => {
    if (paused) return
    return listen<readonly TailFrame[]>(channel, {
      data: (frames) => setTail((now) => frames.reduce(addFrame, now)),
      gap: () => setTail((now) => ({ ...now, gaps: now.gaps + 1 })),
    })
  }, [channel, paused])
  useEffect(() => {
    if (tail.matched > 0) announce(`${numberText(tail.matched)} records so far`)
  }, [tail.matched])

  const { rows, records, matched, oneIn, begun, gaps } = tail
  return html`
    <p class="tail-bar">
      <button type="button" aria-pressed=${paused} onClick=${() => setPaused(!paused)}>${paused ? 'Go on' : 'Pause'}</button>
      <button type="button" onClick=${() => setTail({ ...EMPTY_TAIL, begun })}>Clear</button>
      <span>${begun ? `${numberText(records)} came in, ${numberText(matched)} fulfil the conditions` : 'Connecting…'}</span>
      ${oneIn > 1 && html`<span class="badge badge-warn">showing 1 in ${numberText(oneIn)}</span>`}
      ${gaps > 0 && html`<span class="badge badge-warn">${gaps} gap${gaps === 1 ? '' : 's'}: the connection was away or too slow</span>`}
    </p>
    <div class="table-frame tail-rows" role="region" tabindex="0" aria-label="Records as they come">
      <table>
        <caption class="unseen">Records as they come, the newest first</caption>
        <thead>
          <tr><th scope="col">Time</th><th scope="col">Place</th><th scope="col">Key</th><th scope="col">Type</th><th scope="col" class="number">Size</th><th scope="col" class="grow">Value</th></tr>
        </thead>
        <tbody>
          ${rows.map((row) => html`<${Row} key=${`${row.partition}@${row.offset}`} topic=${topic} row=${row} />`)}
        </tbody>
      </table>
      ${rows.length === 0 && html`<p class="empty">${begun ? 'Nothing came in yet.' : 'Connecting…'}</p>`}
    </div>
  `
}

/** Drawn once: 2,000 of them are gone through four times a second. */
class Row extends Component<{ readonly topic: string; readonly row: TailRow }> {
  override shouldComponentUpdate(): boolean {
    return false
  }

  override render(): VNode {
    const { topic, row } = this.props
    const { partition, offset, timestamp, key, type, size, preview } = row
    return html`<tr>
      <th scope="row">${timestamp === null ? '–' : html`<${Time} at=${timestamp} form="precise" />`}</th>
      <td><a href=${messagePath({ topic, partition, offset })}><code>${partition}@${offset}</code></a></td>
      <td class="code"><code>${key ?? '–'}</code></td>
      <td>${type ?? '–'}</td>
      <td class="number">${bytesText(size)}</td>
      <td class="grow">${preview}</td>
    </tr>`
  }
}
