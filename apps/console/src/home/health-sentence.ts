import type { ServiceStateName } from '../system/service-states.ts'
import type { StatusKind } from '../web/components/status.ts'
import { durationText } from '../web/time-text.ts'

export interface Health {
  readonly kind: StatusKind
  /** One sentence, the worst first. */
  readonly sentence: string
}

/** What is known of the whole platform. */
export interface Condition {
  readonly services: readonly { readonly name: string; readonly state: ServiceStateName }[]
  readonly brokerUp: boolean
  readonly databasesAway: readonly string[]
  /** Groups that do not get on, with the word for it. */
  readonly groups: readonly { readonly group: string; readonly status: string }[]
  readonly alerts: readonly { readonly name: string; readonly severity: string }[]
  readonly stuckOrders: number
  /** Age of the one that is stuck the longest. Milliseconds. */
  readonly oldestStuckMs: number
  /** Dead letters that nobody has handled or discarded. */
  readonly openDeadLetters: number
  /** Faults that are set on purpose. */
  readonly faults: number
}

interface Finding {
  readonly kind: StatusKind
  readonly says: string
}

const DOWN: ReadonlySet<ServiceStateName> = new Set(['away', 'stopped', 'paused'])
const SEVERITIES: readonly StatusKind[] = ['bad', 'warn', 'info', 'busy', 'idle', 'ok']

/** Says in one sentence how the platform is; the rules in the order in which they matter. */
export function healthOf(condition: Condition): Health {
  const findings = RULES.flatMap((rule) => rule(condition))
  const kind = SEVERITIES.find((severity) => findings.some((finding) => finding.kind === severity)) ?? 'ok'
  if (findings.length === 0) {
    return { kind, sentence: `All is well: ${condition.services.length} services are ready, and every order moves on.` }
  }
  const text = findings.map(({ says }) => says).join('; ')
  return { kind, sentence: `${text[0]?.toUpperCase()}${text.slice(1)}.` }
}

const RULES: readonly ((condition: Condition) => readonly Finding[])[] = [
  ({ brokerUp }) =>
    brokerUp ? [] : [{ kind: 'bad', says: 'the broker does not answer, so events wait in the databases' }],
  ({ services }) => {
    const down = services.filter(({ state }) => DOWN.has(state))
    return down.length === 0
      ? []
      : [{ kind: 'bad', says: down.map(({ name, state }) => `${name} is ${state}`).join(', ') }]
  },
  ({ databasesAway }) =>
    databasesAway.length === 0
      ? []
      : [{ kind: 'bad', says: `the database of ${listOf(databasesAway)} does not answer` }],
  ({ services }) => {
    const others = services.filter(({ state }) => state !== 'ready' && !DOWN.has(state))
    return others.length === 0
      ? []
      : [{ kind: 'warn', says: others.map(({ name, state }) => `${name} is ${state}`).join(', ') }]
  },
  ({ alerts }) => {
    if (alerts.length === 0) return []
    const pages = alerts.some(({ severity }) => severity === 'page')
    return [
      {
        kind: pages ? 'bad' : 'warn',
        says: `${counted(alerts.length, 'alert')} ${alerts.length === 1 ? 'fires' : 'fire'}`,
      },
    ]
  },
  ({ stuckOrders, oldestStuckMs }) =>
    stuckOrders === 0
      ? []
      : [
          {
            kind: 'bad',
            says: `${counted(stuckOrders, 'order')} ${stuckOrders === 1 ? 'does' : 'do'} not move on, the oldest for ${durationText(oldestStuckMs)}`,
          },
        ],
  ({ openDeadLetters }) =>
    openDeadLetters === 0
      ? []
      : [
          {
            kind: 'warn',
            says: `${counted(openDeadLetters, 'dead letter')} ${openDeadLetters === 1 ? 'waits' : 'wait'} for somebody`,
          },
        ],
  ({ groups }) =>
    groups.length === 0
      ? []
      : [
          {
            kind: 'warn',
            says: groups.map(({ group, status }) => `${group} is ${status.replaceAll('_', ' ')}`).join(', '),
          },
        ],
  ({ faults }) =>
    faults === 0
      ? []
      : [{ kind: 'info', says: `${counted(faults, 'fault')} ${faults === 1 ? 'is' : 'are'} set on purpose` }],
]

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
