import type { Logger } from '@stocker/service-kit'
import type { Viewer } from '../access/roles.ts'
import { mayActAs } from '../access/roles.ts'
import type { Subscriber } from './open-channel.ts'
import { OpenChannel } from './open-channel.ts'
import { streamProblem } from './problems.ts'
import type { Channel, StreamHub } from './stream-hub.ts'

export interface HubOptions {
  readonly logger: Logger
  /** Least time between two frames of a channel. Milliseconds, default 250. */
  readonly frameMs?: number
  /** So many items of an `append` channel are kept between two frames, and for a client that is slow; then a gap. Default 500. */
  readonly keptItems?: number
}

export const HUB_DEFAULTS = { frameMs: 250, keptItems: 500 } as const

/** What the route of the streams needs of the hub. */
export interface SubscribableHub extends StreamHub {
  /**
   * Opens the channels for one stream. Throws a problem, with nothing left open, when there is no such channel, when the viewer may not listen to one, or
   * when a channel refuses its argument. Returns the function that leaves them all.
   */
  subscribe(addresses: readonly string[], viewer: Viewer, subscriber: Subscriber): () => void
  /** Channels that somebody listens to. */
  openChannels(): number
}

export function createStreamHub({ logger, ...options }: HubOptions): SubscribableHub {
  const settings = { ...HUB_DEFAULTS, ...options }
  const channels = new Map<string, Channel>()
  const open = new Map<string, OpenChannel>()

  const find = (address: string, viewer: Viewer): { channel: Channel; argument: string } => {
    const colon = address.indexOf(':')
    const name = colon === -1 ? address : address.slice(0, colon)
    const channel = channels.get(name)
    if (channel === undefined) throw streamProblem('CHANNEL_NOT_FOUND', `There is no channel ${JSON.stringify(name)}.`)
    if (!mayActAs(viewer.role, channel.access)) {
      throw streamProblem(
        'CHANNEL_NOT_ALLOWED',
        `The channel ${name} is for ${channel.access}, and you are ${viewer.role}.`,
      )
    }
    return { channel, argument: colon === -1 ? '' : address.slice(colon + 1) }
  }

  const join = (address: string, viewer: Viewer, subscriber: Subscriber): (() => void) => {
    const { channel, argument } = find(address, viewer)
    // What a role sees is masked for it: two roles do not share a channel.
    const key = `${viewer.role} ${address}`
    const shared =
      open.get(key) ??
      new OpenChannel(address, channel.kind, settings, (error) =>
        logger.error({ err: error, channel: address }, 'a frame could not be sent'),
      )
    if (!open.has(key)) {
      shared.start((push) => channel.open(argument, viewer, push))
      open.set(key, shared)
    }
    shared.add(subscriber)
    return () => {
      if (shared.remove(subscriber) > 0) return
      open.delete(key)
      shared.close()
    }
  }

  return {
    channel: (name, channel) => {
      if (channels.has(name)) throw new Error(`Two features have a channel ${name}.`)
      channels.set(name, channel)
    },
    subscribe: (addresses, viewer, subscriber) => {
      const leaves: (() => void)[] = []
      const leave = (): void => {
        for (const each of leaves.splice(0)) each()
      }
      try {
        for (const address of new Set(addresses)) leaves.push(join(address, viewer, subscriber))
      } catch (error) {
        leave()
        // Of a channel that decodes what stands after its colon.
        if (error instanceof URIError)
          throw streamProblem('CHANNEL_NOT_FOUND', 'The address of a channel is not correctly percent-encoded.')
        throw error
      }
      return leave
    },
    openChannels: () => open.size,
  }
}
