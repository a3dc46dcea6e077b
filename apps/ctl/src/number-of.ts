import type { ParsedFlags } from '@stocker/platform'
import { usage } from '@stocker/platform'

/** @throws PlatformError USAGE */
export function numberOf(flags: ParsedFlags, flag: string): number | undefined {
  const text = flags.text(flag)
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,6}$/.test(text)) throw usage(`--${flag} is "${text}"; expected a whole number above 0`)
  return Number(text)
}

/** @throws PlatformError USAGE */
export function reasonOf(flags: ParsedFlags): string {
  const reason = flags.text('reason')
  if (reason === undefined) throw usage('--reason is needed: it is kept in the audit')
  return reason
}
