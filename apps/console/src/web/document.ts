import { renderToString } from 'preact-render-to-string'
import type { ConsoleAssets } from './assets/asset.ts'
import { neededScripts } from './assets/console-assets.ts'
import type { VNode } from './html.ts'
import type { Preferences } from './preferences.ts'

export interface DocumentOptions {
  readonly title: string
  readonly body: VNode
  readonly preferences: Preferences
  /** Without: the page works, but nothing on it is alive. */
  readonly assets: ConsoleAssets | undefined
  /** What forms and scripts prove with that they come from this page. */
  readonly csrf: string
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)

/** A whole HTML document. The scripts of the islands that are on it are named at the top, so that they load side by side. */
export function renderDocument({ title, body, preferences, assets, csrf }: DocumentOptions): string {
  const markup = renderToString(body)
  const head = assets === undefined ? '' : headOf(assets, markup)
  return `<!doctype html>
<html lang="en" data-theme="${preferences.theme}" data-times="${preferences.times}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="${preferences.theme === 'auto' ? 'light dark' : preferences.theme}">
<title>${escaped(title)}</title>
<meta name="csrf" content="${escaped(csrf)}">
${head}</head>
<body>${markup}</body>
</html>
`
}

function headOf(assets: ConsoleAssets, markup: string): string {
  const preloads = neededScripts(assets, markup).map((url) => `<link rel="modulepreload" href="${url}">\n`)
  return `<link rel="stylesheet" href="${assets.style}">
<link rel="icon" type="image/svg+xml" href="${assets.icon}">
${preloads.join('')}<script type="module" src="${assets.script}"></script>
`
}
