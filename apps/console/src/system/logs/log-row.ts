import type { StatusKind } from '../../web/components/status.ts'
import type { VNode } from '../../web/html.ts'
import { html } from '../../web/html.ts'
import type { LogEntry, LogLevel } from './log-entry.ts'

export const LEVEL_KINDS: Readonly<Record<LogLevel, StatusKind>> = {
  trace: 'idle',
  debug: 'idle',
  info: 'info',
  warn: 'warn',
  error: 'bad',
  fatal: 'bad',
}

export const markOfLevel = (level: LogLevel): 'warn' | 'bad' | undefined =>
  LEVEL_KINDS[level] === 'bad' ? 'bad' : LEVEL_KINDS[level] === 'warn' ? 'warn' : undefined

/** What a line says. */
export function LogWhat({ message, events, facts, error, stack }: LogEntry): VNode {
  return html`<div>
    ${message} ${facts.map((fact) => html`<span class="badge">${fact}</span> `)}
    ${events.slice(0, 5).map((event) => html`<div><code>${event}</code></div>`)}
    ${events.length > 5 && html`<small>and ${events.length - 5} more</small>`}
    ${error !== null && html`<div class="log-error">${error}</div>`}
    ${stack !== null && html`<details><summary>Stack</summary><pre>${stack}</pre></details>`}
  </div>`
}

/** Orders, events and requests that a line is about. */
export function LogKeys({ keys }: Pick<LogEntry, 'keys'>): VNode {
  return html`${keys
    .slice(0, 3)
    .map(
      (key) =>
        html`<div>${isOrderId(key) ? html`<a href=${`/orders/${key}`}><code>${key}</code></a>` : html`<code>${key}</code>`}</div>`,
    )}`
}

/** Ids of carts look the same; the page of orders finds what they are. */
const isOrderId = (key: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(key)
