import { setTimeout as delay } from 'node:timers/promises'
import type { MessageHandlers } from '@stocker/cqrs'
import { ServiceKitError } from '../errors.ts'

/** What a switch can do. fail: it fails before anything is done. slow: it begins so much later. */
export const FAULT_EFFECTS = ['fail', 'slow'] as const
export type FaultEffect = (typeof FAULT_EFFECTS)[number]

export interface FaultSetting {
  readonly effect: FaultEffect
  /** So often, then the switch is off again; null: until it is taken back. */
  readonly times: number | null
  /** Of `slow`. Milliseconds. */
  readonly delayMs: number
}

/** A switch as it is shown. */
export interface FaultSwitch {
  /** `handling.<event type>` or `call.<name of the outside>`. */
  readonly name: string
  readonly effects: readonly FaultEffect[]
  /** null: off. `left`: how often it will still work; null: until it is taken back. */
  readonly set: (FaultSetting & { readonly left: number | null; readonly since: string }) | null
  /** How often it has worked since the process began. */
  readonly struck: number
}

/**
 * Switches that let single things of a service go wrong on purpose: to see what then happens, by hand and in tests. Only where `faults.enabled` is true;
 * elsewhere there are none, and nothing is wrapped. They are off when a process begins.
 */
export interface Faults {
  /** Handlers that can be made to fail, by `handling.<event type>`. */
  handling(handlers: MessageHandlers): MessageHandlers
  /** A call to the outside that can be made to fail or to be slow, by `call.<name>`. */
  call<Call extends Abortable, Answer>(name: string, perform: Perform<Call, Answer>): Perform<Call, Answer>
}

interface Abortable {
  readonly signal: AbortSignal
}

/** As outbound calls have it. */
type Perform<Call extends Abortable, Answer> = (call: Call) => Promise<Answer>

/** Where there are no switches. */
export const NO_FAULTS: Faults = { handling: (handlers) => handlers, call: (_name, perform) => perform }

interface Switch {
  readonly effects: readonly FaultEffect[]
  set: (FaultSetting & { left: number; readonly since: string }) | undefined
  struck: number
}

export class FaultSwitches implements Faults {
  readonly #switches = new Map<string, Switch>()
  readonly #now: () => Date

  constructor(now: () => Date = () => new Date()) {
    this.#now = now
  }

  handling(handlers: MessageHandlers): MessageHandlers {
    return Object.fromEntries(
      Object.entries(handlers).map(([type, handle]) => {
        const name = `handling.${type}`
        const fault = this.#add(name, ['fail'])
        return [
          type,
          (message, unit) => {
            if (fault.set !== undefined) strike(name, fault)
            handle(message, unit)
          },
        ]
      }),
    )
  }

  call<Call extends Abortable, Answer>(name: string, perform: Perform<Call, Answer>): Perform<Call, Answer> {
    const switchName = `call.${name}`
    const fault = this.#add(switchName, FAULT_EFFECTS)
    return async (call) => {
      if (fault.set !== undefined) {
        const waitMs = strike(switchName, fault)
        await delay(waitMs, undefined, { signal: call.signal })
      }
      return perform(call)
    }
  }

  list(): readonly FaultSwitch[] {
    return [...this.#switches].map(([name, fault]) => view(name, fault))
  }

  /** @throws ServiceKitError NO_SUCH_FAULT, for a name or an effect that there is not */
  set(name: string, setting: FaultSetting): FaultSwitch {
    const fault = this.#find(name)
    if (!fault.effects.includes(setting.effect)) {
      throw new ServiceKitError('NO_SUCH_FAULT', `${name} can ${fault.effects.join(' or ')}, not ${setting.effect}.`)
    }
    const left = setting.times ?? Number.POSITIVE_INFINITY
    fault.set = left > 0 ? { ...setting, left, since: this.#now().toISOString() } : undefined
    return view(name, fault)
  }

  /** Takes one back, or all. */
  clear(name?: string): void {
    for (const fault of name === undefined ? this.#switches.values() : [this.#find(name)]) fault.set = undefined
  }

  #add(name: string, effects: readonly FaultEffect[]): Switch {
    const fault: Switch = { effects, set: undefined, struck: 0 }
    this.#switches.set(name, fault)
    return fault
  }

  #find(name: string): Switch {
    const fault = this.#switches.get(name)
    if (fault !== undefined) return fault
    throw new ServiceKitError(
      'NO_SUCH_FAULT',
      `There is no fault switch ${name}; there are ${[...this.#switches.keys()].join(', ')}.`,
    )
  }
}

/** How long to wait; throws when it is to fail. */
function strike(name: string, fault: Switch): number {
  const { set } = fault
  if (set === undefined) return 0
  set.left -= 1
  fault.struck += 1
  const rest = Number.isFinite(set.left) ? `, and ${set.left} more` : ''
  if (set.left === 0) fault.set = undefined
  if (set.effect === 'slow') return set.delayMs
  throw new ServiceKitError('FAULT_INJECTED', `The fault switch ${name} lets this fail${rest}.`)
}

function view(name: string, { effects, set, struck }: Switch): FaultSwitch {
  const left = set !== undefined && Number.isFinite(set.left) ? set.left : null
  return { name, effects, struck, set: set === undefined ? null : { ...set, left } }
}
