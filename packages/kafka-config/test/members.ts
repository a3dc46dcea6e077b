import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { MemberArguments, MemberMessage } from './member-process.ts'

const SCRIPT = fileURLToPath(new URL('./member-process.ts', import.meta.url))

export type Event = MemberMessage & { readonly member: string }

/** Members of one group in processes of their own, and what they reported, in the order of arrival. */
export class Members {
  readonly events: Event[] = []
  readonly #common: Omit<MemberArguments, 'name'>
  readonly #processes = new Map<string, ChildProcess>()

  constructor(common: Omit<MemberArguments, 'name'>) {
    this.#common = common
  }

  start(name: string, more: Partial<MemberArguments> = {}): void {
    const child = fork(SCRIPT, [JSON.stringify({ ...this.#common, ...more, name })], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    child.on('message', (message) => this.events.push({ ...(message as MemberMessage), member: name }))
    this.#processes.set(name, child)
  }

  /** In order: the batch in hand ends and is committed. */
  async stop(name: string): Promise<void> {
    await this.#end(name, 'SIGTERM')
  }

  async kill(name: string): Promise<void> {
    await this.#end(name, 'SIGKILL')
  }

  /** Holds the member's event loop. */
  block(name: string, ms: number): void {
    this.#processes.get(name)?.send({ block: ms })
  }

  of<T extends MemberMessage['type']>(type: T, name?: string): Extract<Event, { type: T }>[] {
    return this.events.filter(
      (event): event is Extract<Event, { type: T }> =>
        event.type === type && (name === undefined || event.member === name),
    )
  }

  /** Partitions of each running member as last reported. */
  assignment(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {}
    for (const event of this.events) {
      if (event.type === 'assigned') counts[event.member] = event.partitions.length
      if (event.type === 'given-up') delete counts[event.member]
    }
    for (const name of Object.keys(counts)) if (!this.#processes.has(name)) delete counts[name]
    return counts
  }

  handled(): Map<string, string[]> {
    const by = new Map<string, string[]>()
    for (const { records, member } of this.of('handled')) {
      for (const [partition, offset] of records) {
        const place = `${partition}/${offset}`
        by.set(place, [...(by.get(place) ?? []), member])
      }
    }
    return by
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#processes.keys()].map((name) => this.kill(name)))
  }

  async #end(name: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#processes.get(name)
    this.#processes.delete(name)
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
}
