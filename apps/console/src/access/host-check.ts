const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** The name in a Host header, without the port; undefined for what is none. */
export function hostNameOf(header: string | undefined): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[^:/@\s]+)(?::\d{1,5})?$/i.exec(header ?? '')?.[1]?.toLowerCase()
}

/**
 * Against DNS rebinding: a foreign page can make its own name point to this machine, and its browser then lets it read the answers. Its requests bear that
 * name as Host.
 */
export function createHostCheck(hosts: readonly string[]): (header: string | undefined) => boolean {
  const known = new Set([...LOOPBACK, ...hosts])
  return (header) => {
    const name = hostNameOf(header)
    return name !== undefined && (known.has(name) || name.endsWith('.localhost'))
  }
}
