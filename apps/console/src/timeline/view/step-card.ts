import { Status, StatusMark } from '../../web/components/status.ts'
import { Time } from '../../web/components/time.ts'
import type { VNode } from '../../web/html.ts'
import { html } from '../../web/html.ts'
import { callWord, EFFECT_MARKS, valueText } from '../effect-text.ts'
import type { Effect, Hop, Step } from '../timeline.ts'
import { KIND_WORDS, STATE_WORDS, usualText } from '../timeline-text.ts'
import { eventWords, shortService, span } from '../words.ts'
import { HopBar } from './hop-bar.ts'
import { attemptWords, STEP_STATUS, stepSummary, takenHops } from './step-words.ts'

export interface StepCardProps {
  readonly step: Step
  readonly orderId: string
  readonly slowest: Hop | null
  /** Title and service of the step that it follows from. */
  readonly cause: { readonly title: string; readonly service: string } | null
}

/** One step: what, how it ended, how long each hop took; open, everything that is known of it. */
export function StepCard({ step, orderId, slowest, cause }: StepCardProps): VNode {
  const { title, state, kind, service } = step
  const summary = stepSummary(step)
  const attempts = attemptWords(step)
  return html`<details class=${`step step-${state}`}>
    <summary>
      <span class="step-head"><${StatusMark} kind=${STEP_STATUS[state]} /><span class="step-title">${eventWords(title)}</span><span class="step-lane">${shortService(service)}</span></span>
      ${(kind !== 'message' || state !== 'done') && html`<span class="step-note">${kind === 'message' ? STATE_WORDS[state] : KIND_WORDS[kind]}</span>`}
      ${summary !== null && html`<span class="step-summary">${summary}</span>`}
      ${attempts !== null && html`<span class=${`step-attempts ${state === 'done' || state === 'duplicate' ? '' : 'step-trouble'}`}>${attempts}</span>`}
      <${HopBar} hops=${takenHops(step)} slowest=${slowest} />
      ${step.usualMs !== null && html`<span class=${`step-note ${step.slow ? 'step-slow' : ''}`}>${step.slow && html`<${StatusMark} kind="warn" />`}${usualText(step)}</span>`}
      ${step.clockSkew && html`<span class="step-note">clock skew</span>`}
    </summary>
    <${StepDetails} step=${step} orderId=${orderId} cause=${cause} />
  </details>`
}

function StepDetails({ step, orderId, cause }: Omit<StepCardProps, 'slowest'>): VNode {
  const { at, source, attempts, events, effects, state } = step
  return html`<div class="step-details">
    <dl>
      <div><dt>began</dt><dd><${Time} at=${at} form="precise" /></dd></div>
      ${cause !== null && html`<div><dt>because of</dt><dd>${cause.title} of ${shortService(cause.service)}</dd></div>`}
      ${
        source !== null &&
        html`<div><dt>message</dt><dd><a href=${`/messages/${encodeURIComponent(source.topic)}/${source.partition}/${source.offset}`}>${source.topic}/${source.partition}@${source.offset}</a></dd></div>`
      }
      ${takenHops(step).map(({ hop, ms }) => html`<div><dt>${hop}</dt><dd>${span(ms)}</dd></div>`)}
    </dl>
    ${
      attempts.length > 0 &&
      html`<h3>Tries</h3>
        <ol class="tries">
          ${attempts.map(
            ({ attempt, at: tried, outcome, error, nextAt }) =>
              html`<li><${Status} kind=${outcome === 'duplicate' ? 'idle' : outcome === 'failed' ? 'warn' : 'bad'}>${outcome === 'duplicate' ? 'ignored' : `try ${attempt} ${outcome}`}<//> <${Time} at=${tried} form="precise" />${error !== null && html`<code>${error}</code>`}${nextAt !== null && state === 'failing' && html`<span class="note">next <${Time} at=${nextAt} form="precise" /></span>`}</li>`,
          )}
        </ol>`
    }
    ${
      events.length > 0 &&
      html`<h3>Events</h3>
        <ul class="step-events">
          ${events.map(({ type, stream, version, publication }) => html`<li><code>${type}</code> <span class="note">${stream.split('-')[0]} v${version}${publication === 'published' ? '' : ` · ${publication === 'waiting' ? 'not published yet' : 'private'}`}</span></li>`)}
        </ul>`
    }
    ${
      effects.length > 0 &&
      html`<h3>Changed</h3>
        <ul class="effects">${effects.map((effect) => html`<${EffectView} effect=${effect} orderId=${orderId} />`)}</ul>`
    }
  </div>`
}

const KINDS = { aggregate: 'aggregate', saga: 'saga', row: 'table', call: 'call' } as const

function EffectView({ effect, orderId }: { readonly effect: Effect; readonly orderId: string }): VNode {
  const { kind, target, key, verb, changes } = effect
  return html`<li>
    <span class="effect-target"><b>${EFFECT_MARKS[verb]}</b> <code>${target}</code> <span class="note">${KINDS[kind]}${key === '' || key === orderId ? '' : ` ${key}`} · ${kind === 'call' ? callWord(effect) : verb}</span></span>
    ${changes.length > 0 && html`<ul>${changes.map(({ field, before, after }) => html`<li><code>${field}</code> ${before !== null && before !== undefined && html`<del>${valueText(before)}</del> → `}<ins class=${typeof after === 'object' ? 'whole' : undefined}>${valueText(after)}</ins></li>`)}</ul>`}
  </li>`
}
