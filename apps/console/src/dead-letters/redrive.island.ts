import { useEffect } from 'preact/hooks'
import { announce } from '../web/announce.ts'
import { Figure, Figures } from '../web/components/figure.ts'
import { Notice } from '../web/components/notice.ts'
import { Age } from '../web/components/time.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { useLatest } from '../web/live.ts'
import { numberText } from '../web/number-text.ts'
import type { RedriveProgress } from './redrive-progress.ts'
import { redriveSentence } from './redrive-sentence.ts'

export interface RedriveProps {
  readonly initial: RedriveProgress
}

/** How far a redrive is, while it goes on. */
export function Island({ initial }: RedriveProps): VNode {
  const redrive = useLatest<RedriveProgress>(`redrive:${initial.id}`, initial)
  const { counts, waitingFor, newSince, endedAt, stopReason } = redrive
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
    ${waitingFor.map(({ consumerGroup, since }) => html`<p>Waits for ${consumerGroup} since <${Age} since=${since} />.</p>`)}
  `
}
