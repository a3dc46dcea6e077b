import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'

/** A TCP proxy whose connections can be cut, between a request and its answer too. */
export class TcpProxy {
  readonly port: number
  readonly #server: Server
  readonly #pairs = new Set<{ readonly client: Socket; readonly upstream: Socket; deaf: boolean }>()
  #target: number | undefined

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (client) => this.#accept(client))
  }

  /** On a free port; connections are refused until `forwardTo`. */
  static async start(): Promise<TcpProxy> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new TcpProxy(server)
  }

  get connections(): number {
    return this.#pairs.size
  }

  forwardTo(port: number): void {
    this.#target = port
  }

  /** Ends every connection, as a firewall that restarts does. */
  cut(): void {
    for (const { client, upstream } of this.#pairs) {
      client.destroy()
      upstream.destroy()
    }
  }

  /** From now on requests still reach the server, but no answer comes back: the sender cannot know what became of them. */
  swallowAnswers(): void {
    for (const pair of this.#pairs) pair.deaf = true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(client: Socket): void {
    if (this.#target === undefined) {
      client.destroy()
      return
    }
    const upstream = connect(this.#target, '127.0.0.1')
    const pair = { client, upstream, deaf: false }
    this.#pairs.add(pair)
    client.on('data', (data) => upstream.write(data))
    upstream.on('data', (data) => {
      if (!pair.deaf) client.write(data)
    })
    const end = () => {
      this.#pairs.delete(pair)
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end)
  }
}
