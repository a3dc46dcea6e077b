import type { BenchResult } from './run.ts'

const text = (value: unknown): string =>
  typeof value === 'number'
    ? value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 3 : value < 100 ? 1 : 0 })
    : String(value)

const rows = (value: object, path: string): [string, string][] =>
  Object.entries(value).flatMap(([name, inner]) =>
    typeof inner === 'object' && inner !== null
      ? rows(inner, `${path}${name}.`)
      : [[`${path}${name}`, text(inner)] as [string, string]],
  )

/** One line per figure. */
export const printTable = (result: BenchResult, print: (line: string) => void): void => {
  const table = rows(result, '')
  const width = Math.max(...table.map(([name]) => name.length))
  for (const [name, value] of table) print(`  ${name.padEnd(width)}  ${value.padStart(10)}`)
}
