import type { StatusKind } from '../web/components/status.ts'
import type { ServiceStateName } from './service-states.ts'

/** How bad a state is. */
export const STATE_KINDS: Readonly<Record<ServiceStateName, StatusKind>> = {
  ready: 'ok',
  'not ready': 'warn',
  away: 'bad',
  paused: 'warn',
  starting: 'busy',
  stopping: 'busy',
  stopped: 'idle',
}

export interface StateOfOne {
  readonly name: string
  readonly state: ServiceStateName
}

/** One sentence about all services. */
export function servicesSentence(services: readonly StateOfOne[]): string {
  const others = services.filter(({ state }) => state !== 'ready')
  if (services.length === 0) return 'No service is known.'
  if (others.length === 0)
    return services.length === 1 ? 'The only service is ready.' : `All ${services.length} services are ready.`
  const told = others.map(({ name, state }) => `${name} is ${state}`)
  const last = told.pop()
  const list = told.length === 0 ? last : `${told.join(', ')} and ${last}`
  const rest = services.length - others.length
  return rest === 0 ? `${list}.` : `${list}; ${rest === 1 ? 'the other is' : `${rest} others are`} ready.`
}
