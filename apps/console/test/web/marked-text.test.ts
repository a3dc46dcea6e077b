import { renderToString } from 'preact-render-to-string'
import { expect, it } from 'vitest'
import { MarkedText } from '../../src/web/components/marked-text.ts'
import { html } from '../../src/web/html.ts'

it.each([
  ['nothing is marked', 'nothing is marked'],
  ['without `nextAttemptAt` it goes back', 'without <code>nextAttemptAt</code> it goes back'],
  ['`a` is `b`', '<code>a</code> is <code>b</code>'],
  ['a lone ` stays', 'a lone ` stays'],
  ['`a` and a lone ` too', '<code>a</code> and a lone ` too'],
  ['`<b>`', '<code>&lt;b></code>'],
])('%s', (text, markup) => {
  expect(renderToString(html`<${MarkedText} text=${text} />`)).toBe(markup)
})
