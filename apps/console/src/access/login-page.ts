import { renderToString } from 'preact-render-to-string'
import { html } from '../web/html.ts'

export interface LoginPage {
  /** Where to go afterwards. */
  readonly next: string
  readonly wrongToken: boolean
}

/** Works without a script. */
export function loginPage({ next, wrongToken }: LoginPage): string {
  const document = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>Log in · Console</title>
    </head>
    <body class="login">
      <main>
        <h1>Console</h1>
        <form method="post" action="/login">
          <input type="hidden" name="next" value=${next} />
          ${wrongToken && html`<p role="alert">This token does not count. Copy it again from the terminal.</p>`}
          <p>
            <label for="name">Your name</label>
            <input id="name" name="name" autocomplete="username" required maxlength="100" />
            <small>It is kept with what you do.</small>
          </p>
          <p>
            <label for="token">Token</label>
            <input id="token" name="token" type="password" autocomplete="current-password" required maxlength="500" />
            <small>npm start prints it; elsewhere it is what console.access.token says.</small>
          </p>
          <button type="submit">Log in</button>
        </form>
      </main>
    </body>
  </html>`
  return `<!doctype html>${renderToString(document)}`
}
