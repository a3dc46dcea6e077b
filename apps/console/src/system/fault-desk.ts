import type { FaultView } from '@stocker/service-kit'
import type { CallService } from '../service-calls.ts'
import type { WatchedService } from '../watched-services.ts'
import { systemProblem } from './problems.ts'

export interface ServiceFaults {
  readonly service: string
  readonly faults: readonly FaultView[]
}

export interface FaultOrder {
  readonly name: string
  readonly effect: 'fail' | 'slow'
  /** null: until it is taken back; 0: takes it back. */
  readonly times: number | null
  readonly delayMs: number
}

export interface FaultDesk {
  /** Services that offer faults, with their switches. Those that offer none, or do not answer, are left out. */
  list(): Promise<readonly ServiceFaults[]>
  set(service: string, order: FaultOrder): Promise<readonly FaultView[]>
  /** Takes back all faults of all services. How many there were. */
  clear(): Promise<number>
}

const PATH = '/ops/faults'

/** What goes wrong on purpose in the services (packages/service-kit/src/faults). */
export function createFaultDesk(services: readonly WatchedService[], call: CallService): FaultDesk {
  const list = async (): Promise<readonly ServiceFaults[]> => {
    const asked = services.map(async (service) => {
      try {
        const { faults } = await call<{ faults: readonly FaultView[] }>(service, PATH)
        return [{ service: service.name, faults }]
      } catch {
        return []
      }
    })
    return (await Promise.all(asked)).flat()
  }
  const set: FaultDesk['set'] = async (name, order) => {
    const service = services.find((each) => each.name === name)
    if (service === undefined) throw systemProblem('NO_SUCH_SERVICE', `The console watches no service ${name}.`)
    return (await call<{ faults: readonly FaultView[] }>(service, PATH, { method: 'POST', body: order })).faults
  }
  return {
    list,
    set,
    clear: async () => {
      const on = (await list()).flatMap(({ service, faults }) =>
        faults.flatMap(({ name, set: setting }) =>
          setting === null ? [] : [{ service, name, effect: setting.effect }],
        ),
      )
      await Promise.all(on.map(({ service, name, effect }) => set(service, { name, effect, times: 0, delayMs: 0 })))
      return on.length
    },
  }
}
