/**
 * Spring's rule for spring.json.trusted.packages (AbstractJavaTypeMapper.isTrustedPackage): the package of the class, up to
 * the last dot and without the `[L` of an array, has to match one entry as PatternMatchUtils.simpleMatch does: `*` stands
 * for any characters, everything else is exact. So `com.example` does not trust `com.example.orders`, and `com.example.*`
 * does not trust `com.example`. An empty list trusts everything: that is what `*` leaves behind.
 */
export function createTrustCheck(trustedPackages: readonly string[]): (className: string) => boolean {
  if (trustedPackages.length === 0) return () => true
  const patterns = trustedPackages.map((trusted) => trusted.split('*'))
  return (className) => {
    const name = packageName(className)
    return patterns.some((parts) => matches(parts, name))
  }
}

function packageName(className: string): string {
  const end = className.lastIndexOf('.')
  return end === -1 ? '' : className.slice(0, end).replace('[L', '')
}

/** Whether `text` is the parts in their order with anything between them. Linear, whatever the text. */
function matches(parts: readonly string[], text: string): boolean {
  const [first = '', ...others] = parts
  const last = others.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let from = first.length
  for (const part of others) {
    const found = text.indexOf(part, from)
    if (found === -1) return false
    from = found + part.length
  }
  return text.length - from >= last.length && text.endsWith(last)
}
