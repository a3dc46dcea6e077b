import { PlatformError } from '../errors.ts'
import type { Part } from '../part.ts'

export const PART_ACTIONS = ['stop', 'start', 'restart', 'pause', 'resume'] as const
export type PartAction = (typeof PART_ACTIONS)[number]

export const PART_STATES = ['starting', 'ready', 'paused', 'stopping', 'stopped'] as const
export type PartState = (typeof PART_STATES)[number]

/** What a person has done to parts: who is stopped on purpose is not started again, who is paused has all it had and does nothing. */
export class PartSwitches {
  readonly #parts: () => readonly Part[]
  readonly #isUp: (name: string) => boolean
  readonly #stopped = new Map<string, PromiseWithResolvers<void>>()
  readonly #paused = new Map<string, number>()

  constructor(parts: () => readonly Part[], isUp: (name: string) => boolean) {
    this.#parts = parts
    this.#isUp = isUp
  }

  /** Resolves when the part may run: at once, unless it was stopped on purpose. */
  async untilWanted(name: string): Promise<void> {
    await this.#stopped.get(name)?.promise
  }

  isWanted(name: string): boolean {
    return !this.#stopped.has(name)
  }

  stateOf(part: Part): PartState {
    const { name, pid } = part
    if (this.#stopped.has(name)) return pid === undefined ? 'stopped' : 'stopping'
    if (pid !== undefined && this.#paused.get(name) === pid) return 'paused'
    return this.#isUp(name) ? 'ready' : 'starting'
  }

  /**
   * Stops, starts, restarts, pauses (SIGSTOP) or resumes (SIGCONT) a part. Resolves when a stop is done; a start is only begun. What is so already is left
   * so. @throws PlatformError USAGE for a part that does not exist, and for pausing one that has no process
   */
  async act(name: string, action: PartAction): Promise<void> {
    const part = this.#find(name)
    const actions: Readonly<Record<PartAction, () => void | Promise<void>>> = {
      stop: () => this.#stop(part),
      start: () => this.#start(name),
      restart: async () => {
        await this.#stop(part)
        this.#start(name)
      },
      pause: () => this.#pause(part),
      resume: () => this.#resume(part),
    }
    await actions[action]()
  }

  /** Before all parts are stopped: a process that is paused could not be asked to end. */
  release(): void {
    for (const part of this.#parts()) this.#resume(part)
    for (const name of [...this.#stopped.keys()]) this.#start(name)
  }

  async #stop(part: Part): Promise<void> {
    if (!this.#stopped.has(part.name)) this.#stopped.set(part.name, Promise.withResolvers())
    this.#resume(part)
    await part.stop()
  }

  #start(name: string): void {
    const waiting = this.#stopped.get(name)
    this.#stopped.delete(name)
    waiting?.resolve()
  }

  #pause(part: Part): void {
    const { name, pid } = part
    if (pid === undefined) throw new PlatformError('USAGE', `${name} has no process that could be paused`)
    this.#paused.set(name, pid)
    part.kill('SIGSTOP')
  }

  #resume(part: Part): void {
    const { name, pid } = part
    // A process that came after the one that was paused runs already.
    if (pid !== undefined && this.#paused.get(name) === pid) part.kill('SIGCONT')
    this.#paused.delete(name)
  }

  #find(name: string): Part {
    const parts = this.#parts()
    const found = parts.find((part) => part.name === name)
    if (found !== undefined) return found
    throw new PlatformError(
      'USAGE',
      `there is no part "${name}"; the parts are ${parts.map((part) => part.name).join(', ')}`,
    )
  }
}
