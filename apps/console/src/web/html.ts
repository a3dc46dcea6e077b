/**
 * Markup as a tagged template: the same components run on the server and in the browser, with no build step for the server.
 * What is put in with `${}` is escaped.
 */
export { html } from 'htm/preact'
export type { ComponentChildren, VNode } from 'preact'
