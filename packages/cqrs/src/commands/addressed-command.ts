import type { AnyAggregate, CommandOf } from '../aggregates/aggregate.ts'

/** A command and whom it is for; what sagas and the results of outbound calls consist of. */
export interface AddressedCommand {
  readonly aggregate: AnyAggregate
  readonly id: string
  readonly command: { readonly type: string; readonly data: object }
}

/** Addresses a command, with checked types. It sends nothing by itself: the saga or call that answers it does. */
export function send<A extends AnyAggregate>(aggregate: A, id: string, command: CommandOf<A>): AddressedCommand {
  return { aggregate, id, command: command as AddressedCommand['command'] }
}
