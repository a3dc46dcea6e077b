import type { ComponentChildren, VNode } from '../html.ts'
import { html } from '../html.ts'

export interface OpenButtonProps {
  /** The id of the dialog. */
  readonly dialog: string
  readonly children: ComponentChildren
  readonly kind?: 'plain' | 'primary' | 'danger'
}

/** Opens a dialog, without a script where the browser knows how. */
export function OpenButton({ dialog, children, kind = 'plain' }: OpenButtonProps): VNode {
  return html`<button type="button" class=${kind === 'plain' ? undefined : kind} commandfor=${dialog} command="show-modal">${children}</button>`
}

export interface ConfirmDialogProps {
  readonly id: string
  readonly title: ComponentChildren
  /** What will happen, to what, and whether it can be taken back. */
  readonly children: ComponentChildren
  /** Where the form is posted to, as a form. */
  readonly action: string
  /** The viewer's `csrfToken`. */
  readonly csrf: string | undefined
  /** Hidden fields. */
  readonly fields?: Readonly<Record<string, string>>
  /** What the button says: the deed, not "OK". */
  readonly confirm: string
  readonly kind?: 'primary' | 'danger'
  /** Whether a reason must be given, which goes to the audit as the field `reason`. Default true. */
  readonly reason?: boolean
}

/** Asks before something is done, and why. Plain form: it also works without a script. */
export function ConfirmDialog(props: ConfirmDialogProps): VNode {
  const { id, title, children, action, csrf, fields = {}, confirm, kind = 'primary', reason = true } = props
  return html`<dialog id=${id} aria-labelledby=${`${id}-title`}>
    <form method="post" action=${action}>
      <h2 id=${`${id}-title`}>${title}</h2>
      <div class="dialog-body">${children}</div>
      <input type="hidden" name="_csrf" value=${csrf} />
      ${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name=${name} value=${value} />`)}
      ${
        reason &&
        html`<label class="field">
          <span>Reason <small>goes to the audit</small></span>
          <input name="reason" required minlength="3" maxlength="500" autocomplete="off" autofocus />
        </label>`
      }
      <div class="dialog-actions">
        <button type="button" commandfor=${id} command="close">Cancel</button>
        <button type="submit" class=${kind}>${confirm}</button>
      </div>
    </form>
  </dialog>`
}
