import { Notice } from '../../web/components/notice.ts'
import type { StatusKind } from '../../web/components/status.ts'
import type { VNode } from '../../web/html.ts'
import { html } from '../../web/html.ts'
import type { Waiting, WaitingLevel } from '../waiting/waiting.ts'

export const LEVEL_KINDS: Readonly<Record<WaitingLevel, StatusKind>> = {
  finished: 'ok',
  normal: 'busy',
  late: 'warn',
  stuck: 'bad',
}

export const LEVEL_WORDS: Readonly<Record<WaitingLevel, string>> = {
  finished: 'Finished',
  normal: 'Under way',
  late: 'Late',
  stuck: 'Stuck',
}

/** What the order waits for, and what to do about it. */
export function WaitingNotice({ waiting }: { readonly waiting: Waiting }): VNode {
  const { level, sentence, todo, deadLetter, runbook, code } = waiting
  return html`<${Notice} kind=${LEVEL_KINDS[level]}>
    <p class="waiting"><strong>${LEVEL_WORDS[level]}.</strong> ${sentence}</p>
    ${
      (todo !== null || deadLetter !== null) &&
      html`<p class="todo">
        ${todo !== null && html`<span>→ ${todo}</span>`}
        ${deadLetter !== null && html` <a href=${`/dead-letters/${deadLetter}`}>Dead letter ${deadLetter}</a>`}
        ${runbook !== null && html` <span class="note" title=${code}>docs/runbook.md, section ${runbook}</span>`}
      </p>`
    }
  <//>`
}
