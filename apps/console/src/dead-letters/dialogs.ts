import { ConfirmDialog } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { numberText } from '../web/number-text.ts'

/** Hidden fields that say which dead letters are meant. */
export type FormSelection = { readonly fingerprint: string } | { readonly ids: string }

interface DialogProps {
  readonly selection: FormSelection
  readonly csrf: string | undefined
  readonly count: number
}

export interface RedriveDialogProps extends DialogProps {
  /** Why some are left out. */
  readonly refused: readonly string[]
  readonly defaults: { readonly ramp: readonly number[]; readonly ratePerSecond: number }
}

/** What a redrive would do, how fast, and why it is done. */
export function RedriveDialog({ selection, csrf, count, refused, defaults }: RedriveDialogProps): VNode {
  return html`<${ConfirmDialog} id="redrive" title=${`Send ${letters(count)} again?`} action="/dead-letters/redrive" csrf=${csrf} fields=${selection} confirm="Send again">
    <${RedriveFields} count=${count} refused=${refused} defaults=${defaults} />
  <//>`
}

/** What is said and asked before a redrive, wherever it is ordered. */
export function RedriveFields({
  count,
  refused,
  defaults,
}: Pick<RedriveDialogProps, 'count' | 'refused' | 'defaults'>): VNode {
  const several = count > 1
  const steps = defaults.ramp.join(', then ')
  return html`
    <p>To the group that failed and to no other, in the order of each key. A dead letter counts as handled when its group has handled it.</p>
    ${refused.length > 0 && html`<p>Left out – ${refused.join('; ')}.</p>`}
    ${
      several
        ? html`
          <label class="field"><span>How many at once</span>
            <select name="ramp"><option value="ramp">first ${steps}, then the rest</option><option value="all">all</option></select></label>
          <label class="field"><span>At most so many a second</span>
            <input name="rate" type="number" min="1" max="100000" value=${defaults.ratePerSecond} required /></label>
          <p class="after-field"><label><input name="stopOnFailure" type="checkbox" value="yes" checked /> Stop at the first that fails again</label></p>`
        : html`<input type="hidden" name="stopOnFailure" value="yes" />`
    }
  `
}

export const STEPS = {
  park: {
    title: (count: number) => `Park ${letters(count)}?`,
    confirm: 'Park',
    kind: 'primary',
    what: 'No redrive takes them until they are released, and nothing of their key waits for them any more.',
  },
  discard: {
    title: (count: number) => `Discard ${letters(count)}?`,
    confirm: 'Discard',
    kind: 'danger',
    what: 'They are not handled, and nothing of their key waits for them any more. They stay to be seen, and can be released.',
  },
  release: {
    title: (count: number) => `Release ${letters(count)}?`,
    confirm: 'Release',
    kind: 'primary',
    what: 'They are new again, hold back the later ones of their key, and may be sent as often as at first.',
  },
} as const

export function ActionDialog({
  step,
  selection,
  csrf,
  count,
}: DialogProps & { readonly step: keyof typeof STEPS }): VNode {
  const { title, confirm, kind, what } = STEPS[step]
  return html`<${ConfirmDialog} id=${step} title=${title(count)} action=${`/dead-letters/${step}`} csrf=${csrf} fields=${selection} confirm=${confirm} kind=${kind}>
    <p>${what}</p>
  <//>`
}

export const letters = (count: number): string => `${numberText(count)} dead letter${count === 1 ? '' : 's'}`
