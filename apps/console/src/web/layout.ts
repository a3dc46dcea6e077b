import type { Viewer } from '../access/roles.ts'
import { mayActAs } from '../access/roles.ts'
import type { VNode } from './html.ts'
import { html } from './html.ts'
import type { NAVIGATION, NavigationId } from './navigation.ts'
import type { SentPage } from './page-content.ts'
import type { Preferences } from './preferences.ts'

export const PRODUCT = 'Amazon Platform'

export interface LayoutProps extends SentPage {
  readonly preferences: Preferences
  /** What the viewer may go to. */
  readonly entries: readonly (typeof NAVIGATION)[number][]
}

const MAIN = 'main'

/** Everything inside of `<body>`. */
export function Layout(props: LayoutProps): VNode {
  const { viewer, entries, nav } = props
  return html`
    <a class="skip" href=${`#${MAIN}`}>To the content</a>
    <header class="top">
      <a class="brand" href="/"><${Logo} />${PRODUCT}</a>
      ${viewer !== undefined && html`<${Search} viewer=${viewer} />`}
      <div class="switches">
        <${Switches} preferences=${props.preferences} />
        ${viewer !== undefined && html`<${Who} viewer=${viewer} unmasked=${props.unmasked === true} />`}
      </div>
    </header>
    ${
      entries.length > 0 &&
      html`<nav class="side" aria-label="Console">
        <ul>
          ${entries.map((entry) => html`<${Entry} entry=${entry} current=${nav} />`)}
        </ul>
      </nav>`
    }
    <main id=${MAIN} tabindex="-1">
      <${PageHead} ...${props} />
      ${props.body}
    </main>
    <${Keys} entries=${entries} />
    <p class="unseen" id="announcements" role="status"></p>
  `
}

function PageHead({ title, lead, actions, json, text }: LayoutProps): VNode {
  return html`<div class="page-head">
    <div>
      <h1>${title}</h1>
      ${lead !== undefined && html`<p class="lead">${lead}</p>`}
    </div>
    <div class="actions">
      ${actions}
      ${text !== undefined && html`<a class="same" href=${text} title="The same as text">Text</a>`}
      ${json !== undefined && html`<a class="same" href=${json} title="The same as JSON">JSON</a>`}
    </div>
  </div>`
}

function Search({ viewer }: { readonly viewer: Viewer }): VNode | null {
  if (!mayActAs(viewer.role, 'support')) return null
  return html`<form class="search" role="search" action="/orders">
    <label class="unseen" for="search">Find an order</label>
    <input id="search" name="search" type="search" placeholder="Order, customer, payment, message or trace id" autocomplete="off" spellcheck=${false} aria-keyshortcuts="/" />
    <kbd aria-hidden="true">/</kbd>
  </form>`
}

function Switches({ preferences }: { readonly preferences: Preferences }): VNode {
  return html`
    <button type="button" class="switch live" data-live="idle" id="live" title="Stop or go on with live updates"><span class="live-dot" aria-hidden="true"></span><span class="live-word">live</span></button>
    <button type="button" class="switch" id="times" title="Show times in UTC or in local time">${preferences.times === 'utc' ? 'UTC' : 'Local'}</button>
    <button type="button" class="switch" id="theme" title="Colours: as the system, light, dark">${{ auto: 'Auto', light: 'Light', dark: 'Dark' }[preferences.theme]}</button>
    <button type="button" class="switch" commandfor="keys" command="show-modal" aria-label="Keys" title="Keys">?</button>
  `
}

function Who({ viewer, unmasked }: { readonly viewer: Viewer; readonly unmasked: boolean }): VNode {
  return html`
    <span class=${`badge ${unmasked ? 'badge-warn' : ''}`} title=${unmasked ? 'Personal values are shown as they are' : 'Personal values are hidden'}>${unmasked ? 'unmasked' : 'masked'}</span>
    <a class="who" href="/account" title="You: what you may do, log out"><span class="who-name">${viewer.name}</span> <span class="badge">${viewer.role}</span></a>
  `
}

function Entry({
  entry,
  current,
}: {
  readonly entry: (typeof NAVIGATION)[number]
  readonly current: NavigationId | undefined
}): VNode {
  return html`<li>
    <a href=${entry.path} aria-current=${entry.id === current ? 'page' : undefined} data-key=${entry.key}>
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d=${entry.icon} /></svg>${entry.name}
    </a>
  </li>`
}

function Keys({ entries }: { readonly entries: LayoutProps['entries'] }): VNode {
  const keys = [
    ['/', 'find an order'],
    ['?', 'this list'],
    ...entries.map(({ key, name }) => [`g ${key}`, name] as const),
  ] as const
  return html`<dialog id="keys" aria-labelledby="keys-title">
    <h2 id="keys-title">Keys</h2>
    <dl class="keys">
      ${keys.map(([key, does]) => html`<div><dt>${key.split(' ').map((part) => html`<kbd>${part}</kbd>`)}</dt><dd>${does}</dd></div>`)}
    </dl>
    <div class="dialog-actions"><button type="button" commandfor="keys" command="close">Close</button></div>
  </dialog>`
}

function Logo(): VNode {
  return html`<svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true"><rect class="logo-ground" width="32" height="32" rx="7" /><path class="logo-line" d="M6 21h5l3-10 4 13 3-8h5" /></svg>`
}
