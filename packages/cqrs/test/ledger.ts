import { defineAggregate, drop, rename, split, upcast } from '../src/index.ts'

/** One aggregate in the program of years ago and in that of today. */
interface OldEvents {
  Paid: { readonly amount: number }
  Moved: { readonly amount: number; readonly fee: number }
  Noted: { readonly text: string }
}

interface Ledger {
  readonly cents: number
  readonly lines: readonly string[]
}

export const oldLedger = defineAggregate<
  { readonly events: number },
  { Pay: OldEvents['Paid']; Move: OldEvents['Moved']; Note: OldEvents['Noted'] },
  OldEvents
>({
  name: 'ledger',
  initial: { events: 0 },
  decide: {
    Pay: (data) => [{ type: 'Paid', data }],
    Move: (data) => [{ type: 'Moved', data }],
    Note: (data) => [{ type: 'Noted', data }],
  },
  evolve: {
    Paid: ({ events }) => ({ events: events + 1 }),
    Moved: ({ events }) => ({ events: events + 1 }),
    Noted: ({ events }) => ({ events: events + 1 }),
  },
})

export const ledger = defineAggregate<
  Ledger,
  { Deposit: { readonly cents: number } },
  { Deposited: { readonly cents: number; readonly currency: string }; Charged: { readonly cents: number } }
>({
  name: 'ledger',
  initial: { cents: 0, lines: [] },
  decide: { Deposit: ({ cents }) => [{ type: 'Deposited', data: { cents, currency: 'EUR' } }] },
  evolve: {
    Deposited: (state, { cents, currency }, { version }) => ({
      cents: state.cents + cents,
      lines: [...state.lines, `${version}: +${cents} ${currency}`],
    }),
    Charged: (state, { cents }, { version }) => ({
      cents: state.cents - cents,
      lines: [...state.lines, `${version}: -${cents}`],
    }),
  },
  revisions: { Deposited: 3 },
  upcasters: [
    rename('Paid', 'Deposited'),
    upcast('Deposited', 1, ({ amount }: { amount: number }) => ({ cents: amount * 100 })),
    upcast('Deposited', 2, (data: { cents: number }) => ({ ...data, currency: 'EUR' })),
    split('Moved', 1, ({ amount, fee }: OldEvents['Moved']) => [
      { type: 'Deposited', data: { amount } },
      { type: 'Charged', data: { cents: fee * 100 } },
    ]),
    drop('Noted'),
  ],
})
