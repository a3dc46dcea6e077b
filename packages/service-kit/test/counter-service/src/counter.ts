import { defineAggregate, reject } from '@stocker/cqrs'

export interface Counter {
  readonly total: number
}

interface Commands {
  readonly Add: { readonly counterId: string; readonly by: number }
}

interface Events {
  readonly Added: { readonly counterId: string; readonly by: number }
}

/** Counts up to a thousand. */
export const counter = defineAggregate<
  Counter,
  { [C in keyof Commands]: Commands[C] },
  { [E in keyof Events]: Events[E] }
>({
  name: 'counter',
  initial: { total: 0 },
  decide: {
    Add: (data, { total }) =>
      total + data.by > 1000
        ? reject('TOO_MUCH', `${data.counterId} would be above 1000`, { total })
        : [{ type: 'Added', data }],
  },
  evolve: { Added: ({ total }, { by }) => ({ total: total + by }) },
})
