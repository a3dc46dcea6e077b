import { usage } from '@stocker/platform'
import { columns } from '../columns.ts'
import type { CtlCall, CtlCommand } from '../command.ts'
import { numberOf, reasonOf } from '../number-of.ts'

interface FaultsAnswer {
  readonly services: readonly {
    readonly service: string
    readonly faults: readonly {
      readonly name: string
      readonly effects: readonly string[]
      readonly struck: number
      readonly set: { readonly effect: string; readonly left: number | null; readonly delayMs: number } | null
    }[]
  }[]
}

/** Of processes, where whoever runs them lets it. */
const PART_ACTIONS: readonly string[] = ['stop', 'start', 'restart', 'pause', 'resume']

export const fault: CtlCommand = {
  words: '[<service> <name> fail|slow | stop|start|restart|pause|resume <part> | clear]',
  help: 'lets something go wrong, to see what happens; without words, what can',
  flags: {
    times: { type: 'string', value: 'n', help: 'so often (default 1)' },
    always: { type: 'boolean', help: 'until it is taken back with clear' },
    delay: { type: 'string', value: 'ms', help: 'slow: so many milliseconds (default 1000)' },
    reason: { type: 'string', value: 'text', help: 'why; it is kept in the audit' },
  },
  maxWords: 3,
  run: async (call) => {
    const { words } = call
    if (words.length === 0) return list(call)
    if (words[0] === 'clear' && words.length === 1) return clear(call)
    if (words.length === 2 && PART_ACTIONS.includes(words[0] ?? '')) return act(call)
    if (words.length === 3) return set(call)
    throw usage(
      'fault needs a service, a fault and its effect: fault payment-service call.payment-gateway fail; or stop <part>, clear, or nothing',
    )
  },
}

async function list({ console: connect, show }: CtlCall): Promise<number> {
  const answer = (await (await connect()).get('system/faults')) as FaultsAnswer
  show(answer, () => faultsText(answer))
  return 0
}

async function clear({ console: connect, show }: CtlCall): Promise<number> {
  const answer = (await (await connect()).delete('system/faults')) as FaultsAnswer
  show(answer, () => faultsText(answer))
  return 0
}

async function set({ words, flags, console: connect, show }: CtlCall): Promise<number> {
  const [service, name, effect] = words
  const answer = (await (
    await connect()
  ).post('system/faults', {
    service,
    name,
    effect,
    times: flags.has('always') ? null : (numberOf(flags, 'times') ?? 1),
    delayMs: effect === 'slow' ? (numberOf(flags, 'delay') ?? 1_000) : 0,
    reason: reasonOf(flags),
  })) as FaultsAnswer
  show(answer, () => faultsText(answer))
  return 0
}

async function act({ words: [action, part = ''], flags, console: connect, show }: CtlCall): Promise<number> {
  const path = `system/parts/${encodeURIComponent(part)}/${action}`
  const answer = (await (await connect()).post(path, { reason: reasonOf(flags) })) as { readonly state: string }
  show(answer, () => `${part} is ${answer.state}`)
  return 0
}

function faultsText({ services }: FaultsAnswer): string {
  const rows = services.flatMap(({ service, faults }) =>
    faults.map(({ name, effects, struck, set: now }) => [
      service,
      name,
      effects.join(' '),
      now === null
        ? ''
        : `${now.effect}${now.delayMs > 0 ? ` ${now.delayMs} ms` : ''}, ${now.left ?? 'any number of'} left`,
      String(struck),
    ]),
  )
  if (rows.length === 0) return 'no service offers faults (faults.enabled)'
  return columns([['service', 'fault', 'can', 'set', 'struck'], ...rows])
}
