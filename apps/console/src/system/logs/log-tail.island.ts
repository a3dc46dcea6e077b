import { Component } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { announce } from '../../web/announce.ts'
import { Status } from '../../web/components/status.ts'
import { Time } from '../../web/components/time.ts'
import type { VNode } from '../../web/html.ts'
import { html } from '../../web/html.ts'
import { numberText } from '../../web/number-text.ts'
import { followLogs } from './follow-logs.ts'
import type { LogLine } from './log-line.ts'
import { LEVEL_KINDS, LogKeys, LogWhat, markOfLevel } from './log-row.ts'
import type { LogTail } from './log-tail-rows.ts'
import { logTailFrom } from './log-tail-rows.ts'

export interface LogTailProps {
  /** The filter, as it stands in an address. */
  readonly filter: string
  /** The newest lines, the newest first, and where they end. */
  readonly rows: readonly LogLine[]
  readonly place: string
}

/** What is logged while one looks, the newest first. */
export function Island({ filter, rows: initial, place }: LogTailProps): VNode {
  const [tail, setTail] = useState<LogTail>(() => logTailFrom(initial, place))
  const [paused, setPaused] = useState(false)
  const latest = useRef(tail)

  useEffect(() => {
    if (paused) return
    return followLogs(filter, {
      tail: () => latest.current,
      change: (changed) => {
        latest.current = changed
        setTail(changed)
      },
    })
  }, [filter, paused])
  useEffect(() => {
    if (tail.matched > 0) announce(`${numberText(tail.matched)} lines so far`)
  }, [tail.matched])

  const clear = (): void => {
    latest.current = { ...logTailFrom([], latest.current.place), begun: latest.current.begun }
    setTail(latest.current)
  }
  const { rows, lines, matched, oneIn, begun, gaps } = tail
  return html`
    <p class="tail-bar">
      <button type="button" aria-pressed=${paused} onClick=${() => setPaused(!paused)}>${paused ? 'Go on' : 'Pause'}</button>
      <button type="button" onClick=${clear}>Clear</button>
      <span>${begun ? `${numberText(lines)} lines came in, ${numberText(matched)} fit` : 'Connecting…'}</span>
      ${oneIn > 1 && html`<span class="badge badge-warn">showing 1 in ${numberText(oneIn)}</span>`}
      ${gaps > 0 && html`<span class="badge badge-warn">${gaps} gap${gaps === 1 ? '' : 's'}: a log was replaced, or more came than is kept</span>`}
    </p>
    <div class="table-frame tail-rows" role="region" tabindex="0" aria-label="Lines as they come">
      <table>
        <caption class="unseen">Lines of the logs as they come, the newest first</caption>
        <thead>
          <tr><th scope="col">Time</th><th scope="col">Service</th><th scope="col">Level</th><th scope="col" class="log-what">What</th><th scope="col">About</th></tr>
        </thead>
        <tbody>
          ${rows.map((row) => html`<${Row} key=${row.id} row=${row} />`)}
        </tbody>
      </table>
      ${rows.length === 0 && html`<p class="empty">Nothing that fits came in yet.</p>`}
    </div>
  `
}

/** Drawn once: 2,000 of them are gone through twice a second. */
class Row extends Component<{ readonly row: LogLine }> {
  override shouldComponentUpdate(): boolean {
    return false
  }

  override render(): VNode {
    const { row } = this.props
    const mark = markOfLevel(row.level)
    return html`<tr class=${mark === undefined ? undefined : `row-${mark}`}>
      <th scope="row" class="code"><${Time} at=${row.time} form="precise" /></th>
      <td>${row.service}</td>
      <td><${Status} kind=${LEVEL_KINDS[row.level]}>${row.level}<//></td>
      <td class="log-what"><${LogWhat} ...${row} /></td>
      <td><${LogKeys} keys=${row.keys} /></td>
    </tr>`
  }
}
