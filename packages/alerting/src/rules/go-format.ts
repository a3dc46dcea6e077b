/** A number as Go's `%v` prints it: as short as possible, with an exponent below 10^-4 and from a million on. */
export function formatGoNumber(value: number): string {
  const special = formatSpecial(value)
  if (special !== undefined) return special
  const [digits = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (value === 0 || (power >= -4 && power < 6)) return plain(value)
  return `${digits}e${signedPower(power)}`
}

/** Go's `%.2f`; JavaScript writes large numbers with an exponent. */
export function formatGoFixed(value: number, digits: number): string {
  const special = formatSpecial(value)
  if (special !== undefined) return special
  if (Math.abs(value) < 1e21) return value.toFixed(digits)
  return digits === 0 ? String(BigInt(value)) : `${BigInt(value)}.${'0'.repeat(digits)}`
}

/** Go's `%.4g`: so many significant digits, without zeros at the end. */
export function formatGoGeneral(value: number, precision: number): string {
  const special = formatSpecial(value)
  if (special !== undefined) return special
  if (value === 0) return '0'
  const [digits = '', exponent = '0'] = value.toExponential(precision - 1).split('e')
  const power = Number(exponent)
  if (power < -4 || power >= precision) return `${withoutZeros(digits)}e${signedPower(power)}`
  return withoutZeros(value.toFixed(Math.max(0, precision - 1 - power)))
}

function formatSpecial(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : undefined
}

/** JavaScript writes small numbers with an exponent earlier than Go does. */
function plain(value: number): string {
  const text = String(value)
  if (!text.includes('e')) return text
  const [digits = '', exponent = '0'] = value.toExponential().split('e')
  return value.toFixed(Math.max(0, digits.replace(/^-?\d\.?/, '').length - Number(exponent)))
}

const withoutZeros = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)
const signedPower = (power: number): string => `${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
