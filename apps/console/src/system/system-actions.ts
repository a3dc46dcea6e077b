import type { Viewer } from '../access/roles.ts'
import type { ActionLog } from '../audit/action-log.ts'
import type { Control, PartAction, PartReport } from './control-client.ts'
import type { FaultDesk, FaultOrder, ServiceFaults } from './fault-desk.ts'
import { systemProblem } from './problems.ts'

interface Order {
  readonly viewer: Viewer
  readonly reason: string
}

/** What developers do to the processes and services of a platform that is there to be tried. Each of it is in the audit. */
export interface SystemActions {
  act(part: string, action: PartAction, order: Order): Promise<PartReport>
  setFault(service: string, fault: FaultOrder, order: Order): Promise<readonly ServiceFaults[]>
  clearFaults(order: Order): Promise<readonly ServiceFaults[]>
}

export function createSystemActions(control: Control, faults: FaultDesk, actions: ActionLog): SystemActions {
  return {
    act: async (part, action, { viewer, reason }) => {
      const known = await control.parts()
      const before = known?.find(({ name }) => name === part)
      if (known !== undefined && before === undefined) {
        throw systemProblem('NO_SUCH_PART', `There is no process ${part} that could be asked to ${action}.`)
      }
      return actions.perform(
        {
          ...{ viewer, reason, action: `${action} process`, target: `process:${part}` },
          before: { state: before?.state, pid: before?.pid },
        },
        () => control.act(part, action),
        ({ state, pid }) => ({ after: { state, pid } }),
      )
    },
    setFault: async (service, fault, { viewer, reason }) => {
      const name = fault.times === 0 ? 'take fault back' : 'set fault'
      await actions.perform({ viewer, reason, action: name, target: `service:${service}`, after: fault }, () =>
        faults.set(service, fault),
      )
      return faults.list()
    },
    clearFaults: async ({ viewer, reason }) => {
      await actions.perform(
        { viewer, reason, action: 'take all faults back', target: 'service:all' },
        () => faults.clear(),
        (taken) => ({ after: { taken } }),
      )
      return faults.list()
    },
  }
}
