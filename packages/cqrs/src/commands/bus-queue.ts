import { CqrsError } from '../errors.ts'
import type { WorkItem, WorkOutcome } from '../store/work.ts'
import type { CommandBus } from './command-bus.ts'

export type Enqueue = (item: WorkItem) => Promise<WorkOutcome>

const queues = new WeakMap<CommandBus<string>, Enqueue>()

export function registerQueue(bus: CommandBus<string>, enqueue: Enqueue): void {
  queues.set(bus, enqueue)
}

/** For the other parts of this package: adds any work to the bus's groups. */
export function queueOf(bus: CommandBus<string>): Enqueue {
  const enqueue = queues.get(bus)
  if (enqueue === undefined) throw new CqrsError('INVALID_DEFINITION', "'bus' must come from createCommandBus.")
  return enqueue
}
