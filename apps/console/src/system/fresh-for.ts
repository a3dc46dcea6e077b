/** The same answer for all who ask within so many milliseconds. */
export function freshFor<T>(ms: number, read: () => Promise<T>): () => Promise<T> {
  let known: { readonly at: number; readonly value: Promise<T> } | undefined
  return () => {
    if (known === undefined || performance.now() - known.at > ms) known = { at: performance.now(), value: read() }
    return known.value
  }
}
