import type { Viewer } from '../access/roles.ts'

/**
 * One stream of server-sent events per browser tab: `/ops/stream?ch=home,order:1042`. A channel is opened for its first subscriber with that argument and
 * viewer's role, and closed after its last one: what nobody looks at costs nothing.
 */
export interface StreamHub {
  /** `name`: the part before the colon. */
  channel(name: string, channel: Channel): void
}

export interface Channel {
  /** `latest`: of what is pushed between two frames only the last is sent. `append`: all of it, as a list, at most so many as the hub keeps; then a `gap`. */
  readonly kind: 'latest' | 'append'
  /** The least role that may listen. */
  readonly access: Viewer['role']
  /** Called with what stands after the colon. Returns the function that closes it. */
  open(argument: string, viewer: Viewer, push: (data: unknown) => void): () => void
}
