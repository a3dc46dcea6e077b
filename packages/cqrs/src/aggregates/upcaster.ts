/** When and where in its stream an event happened; the only facts about an event that `evolve` gets besides its data. */
export interface EventPlace {
  readonly occurredAt: string
  readonly version: number
}

/** The form of an event that changes from revision to revision: all that an upcaster may change. */
export interface EventForm {
  readonly type: string
  readonly revision: number
  readonly data: object
}

/** What an event becomes; `revision` is 1 unless it is said. */
export type NewForm = Omit<EventForm, 'revision'> & { readonly revision?: number }

/**
 * How one old form of an event becomes the next one. What is stored never changes: upcasters stand between the rows and everybody who reads
 * events, as in Axon; but an upcaster names the form that it takes, so their order in the list does not matter.
 */
export interface Upcaster {
  readonly type: string
  /** Absent: every revision of the type. */
  readonly revision?: number
  /** The type of what comes out, where it is always the same. */
  readonly into?: string
  readonly up: (event: EventForm, at: EventPlace) => readonly NewForm[]
}

/** The data of one revision becomes that of the next: `upcast('Deposited', 1, ({ amount }) => ({ amount, currency: 'EUR' }))`. */
export function upcast<Old extends object, New extends object>(
  type: string,
  revision: number,
  change: (data: Old, at: EventPlace) => New,
): Upcaster {
  return {
    type,
    revision,
    into: type,
    up: ({ data }, at) => [{ type, revision: revision + 1, data: change(data as Old, at) }],
  }
}

/** The type has another name now. Revisions keep their numbers. */
export function rename(from: string, to: string): Upcaster {
  return { type: from, into: to, up: ({ revision, data }) => [{ type: to, revision, data }] }
}

/**
 * One stored event becomes several, or none, e.g. a transfer a withdrawal and a deposit. They share the version and the place of the stored one. The
 * first keeps its id; the others get ids that follow from it, the same each time.
 */
export function split<Old extends object>(
  type: string,
  revision: number,
  change: (data: Old, at: EventPlace) => readonly NewForm[],
): Upcaster {
  return { type, revision, up: ({ data }, at) => change(data as Old, at) }
}

/** The type means nothing any more. Its versions stay, so that the stream has no gap. */
export function drop(type: string): Upcaster {
  return { type, up: () => [] }
}

/** `Deposited 1`, or `Deposited` for all revisions. */
export const formName = ({ type, revision }: { readonly type: string; readonly revision?: number }): string =>
  revision === undefined ? type : `${type} ${revision}`
