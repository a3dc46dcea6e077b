import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'

export interface LoginFormProps {
  /** Where to go afterwards. */
  readonly next: string
  readonly wrongToken: boolean
}

/** Works without a script. */
export function LoginForm({ next, wrongToken }: LoginFormProps): VNode {
  return html`<form class="login" method="post" action="/login">
    <input type="hidden" name="next" value=${next} />
    ${wrongToken && html`<p class="notice notice-bad" role="alert">This token does not count. Copy it again from where it is printed.</p>`}
    <label class="field">
      <span>Your name <small>is kept with what you do</small></span>
      <input name="name" autocomplete="username" required maxlength="100" autofocus />
    </label>
    <label class="field">
      <span>Token <small>npm start prints it; elsewhere ask who runs the console</small></span>
      <input name="token" type="password" autocomplete="current-password" required maxlength="500" />
    </label>
    <div class="login-go"><button type="submit" class="primary">Log in</button></div>
  </form>`
}
