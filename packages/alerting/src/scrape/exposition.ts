import { AlertingError } from '../errors.ts'
import type { Labels } from '../promql/labels.ts'
import { METRIC_NAME } from '../promql/labels.ts'
import { unquote } from '../promql/unquote.ts'

/** `key` is the text of name and labels as it stands there: the same series has the same one in each scrape of a target. */
export type VisitSample = (metric: string, key: string, value: number) => void

/**
 * Reads the text format of Prometheus, version 0.0.4. Times of samples are passed over: a sample is of the time when it was scraped. Throws
 * EXPOSITION_INVALID at the first line that is none, which it names.
 */
export function readExposition(text: string, visit: VisitSample): void {
  let start = 0
  for (let number = 1; start < text.length; number++) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    const first = text.charCodeAt(start)
    // Most lines that are not wanted are comments; they are not even cut out.
    if (first !== 35 && end > start) readLine(text.slice(start, end), number, visit)
    start = end + 1
  }
}

function readLine(line: string, number: number, visit: VisitSample): void {
  const brace = line.indexOf('{')
  const keyEnd = brace === -1 ? line.indexOf(' ') : line.lastIndexOf('}') + 1
  if (keyEnd <= 0) {
    if (line.trim() === '') return
    throw invalid(number, line)
  }
  const value = parseValue(line.slice(keyEnd).trim().split(' ')[0] ?? '')
  if (value === undefined) throw invalid(number, line)
  visit(line.slice(0, brace === -1 ? keyEnd : brace), line.slice(0, keyEnd), value)
}

function invalid(number: number, line: string): AlertingError {
  return new AlertingError('EXPOSITION_INVALID', `Line ${number} is no sample: ${line.slice(0, 100)}`)
}

const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['+Inf', Infinity],
  ['Inf', Infinity],
  ['-Inf', -Infinity],
  ['NaN', NaN],
  ['Nan', NaN],
])

function parseValue(text: string): number | undefined {
  const special = SPECIAL.get(text)
  if (special !== undefined) return special
  const value = text === '' ? NaN : Number(text)
  return Number.isNaN(value) ? undefined : value
}

const LABEL = /\s*([a-zA-Z_][\w]*)\s*=\s*("(?:[^"\\]|\\.)*")\s*,?/gy

/** The labels of a key that `readExposition` gave, the metric's name among them. One that is empty is as one that is not there. */
export function parseKey(key: string): Labels {
  const brace = key.indexOf('{')
  const labels: Record<string, string> = { [METRIC_NAME]: brace === -1 ? key : key.slice(0, brace).trim() }
  if (brace === -1) return labels
  const inner = key.slice(brace + 1, -1)
  let end = 0
  for (const match of inner.matchAll(LABEL)) {
    const [whole, name, value] = match as unknown as [string, string, string]
    const text = unquote(value)
    if (text !== '') labels[name] = text
    end = match.index + whole.length
  }
  if (inner.slice(end).trim() !== '') throw new AlertingError('EXPOSITION_INVALID', `${key} is no series.`)
  return labels
}
