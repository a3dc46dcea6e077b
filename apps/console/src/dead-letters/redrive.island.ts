import { useEffect } from 'preact/hooks'
import { announce } from '../web/announce.ts'
import { ConfirmDialog, OpenButton } from '../web/components/dialog.ts'
import { Figure, Figures } from '../web/components/figure.ts'
import { Notice } from '../web/components/notice.ts'
import { Age, Time } from '../web/components/time.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { useLatest } from '../web/live.ts'
import { numberText } from '../web/number-text.ts'
import { redrivePath } from './paths.ts'
import type { RedriveProgress } from './redrive-progress.ts'
import { redriveSentence } from './redrive-sentence.ts'

export interface RedriveProps {
  readonly initial: RedriveProgress
  /** Set for those who may stop it. */
  readonly csrf: string | undefined
  readonly mayStop: boolean
}

/** How far a redrive is, while it goes on. */
export function Island({ initial, csrf, mayStop }: RedriveProps): VNode {
  const redrive = useLatest<RedriveProgress>(`redrive:${initial.id}`, initial)
  const { id, state, counts, waitingFor, newSince, endedAt, stopReason } = redrive
  const sentence = redriveSentence(redrive)
  const settled = counts.handled + counts.failed + counts.released
  useEffect(() => announce(sentence), [sentence])
  return html`
    <${Notice} kind=${endedAt === null ? 'busy' : counts.failed > 0 ? 'bad' : 'ok'}><strong>${sentence}</strong><//>
    <progress class="redrive-progress" max=${counts.total} value=${settled} aria-label=${`${settled} of ${counts.total} settled`}></progress>
    <${Figures}>
      <${Figure} name="Handled" value=${numberText(counts.handled)} unit=${`of ${numberText(counts.total)}`} kind=${counts.handled === counts.total ? 'ok' : undefined} />
      <${Figure} name="Under way" value=${numberText(counts.underWay)} />
      <${Figure} name="Still to be sent" value=${numberText(counts.planned)} />
      <${Figure} name="Failed again" value=${numberText(counts.failed)} kind=${counts.failed > 0 ? 'bad' : undefined} />
      <${Figure} name="Not sent" value=${numberText(counts.released)} note="stopped, or one before it in its key failed" />
      <${Figure} name="New since you started" value=${numberText(newSince)} note="with the same causes" kind=${newSince > 0 ? 'warn' : undefined} />
    <//>
    ${stopReason !== null && html`<p>Stopped: ${stopReason}</p>`}
    ${endedAt !== null && html`<p>Ended <${Time} at=${endedAt} />.</p>`}
    ${waitingFor.map(({ consumerGroup, since }) => html`<p>Waits for ${consumerGroup} since <${Age} since=${since} />.</p>`)}
    ${mayStop && state === 'RUNNING' && endedAt === null && html`<${StopRedrive} id=${id} csrf=${csrf} />`}
  `
}

function StopRedrive({ id, csrf }: { readonly id: string; readonly csrf: string | undefined }): VNode {
  return html`<p>
    <${OpenButton} dialog="stop" kind="danger">Stop…<//>
    <${ConfirmDialog} id="stop" title=${`Stop redrive ${id}?`} action=${`${redrivePath(id)}/stop`} csrf=${csrf} confirm="Stop" kind="danger">
      <p>Nothing more is sent; what is with the listener already is waited for.</p>
    <//>
  </p>`
}
