const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const ONE = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })

/** `1,204`; below 10 with one decimal, unless it is whole. */
export const numberText = (value: number | bigint): string =>
  typeof value === 'bigint' || Math.abs(value) >= 10 ? WHOLE.format(value) : ONE.format(value)

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** `64 kB`: powers of 1,000. */
export function bytesText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1_000 && unit < UNITS.length - 1) {
    value /= 1_000
    unit += 1
  }
  return `${numberText(value)} ${UNITS[unit]}`
}

/** `99.4 %`, of a share from 0 to 1. */
export const percentText = (share: number): string => `${ONE.format(share * 100)} %`
