import { defineAggregate, reject } from '../src/index.ts'

/** The domain of these tests: accounts with a balance. */
export interface Account {
  readonly open: boolean
  readonly balance: number
  readonly movements: number
}

export interface AccountCommands {
  Open: { readonly owner: string }
  Deposit: { readonly amount: number; readonly note?: string }
  Withdraw: { readonly amount: number; readonly note?: string }
  Explode: object
}

export interface AccountEvents {
  Opened: { readonly owner: string }
  Deposited: { readonly amount: number; readonly note?: string }
  Withdrawn: { readonly amount: number; readonly note?: string }
}

const definition = {
  initial: { open: false, balance: 0, movements: 0 },
  decide: {
    Open: ({ owner }: AccountCommands['Open'], { open }: Account) =>
      open ? reject('ALREADY_OPEN', 'the account is open') : [{ type: 'Opened' as const, data: { owner } }],
    Deposit: (data: AccountCommands['Deposit'], { open }: Account) =>
      open ? [{ type: 'Deposited' as const, data }] : reject('NOT_OPEN', 'the account is not open'),
    Withdraw: (data: AccountCommands['Withdraw'], { balance }: Account) =>
      data.amount > balance
        ? reject('NOT_ENOUGH', 'the balance is too low', { balance })
        : [{ type: 'Withdrawn' as const, data }],
    Explode: () => {
      throw new Error('boom')
    },
  },
  evolve: {
    Opened: (state: Account) => ({ ...state, open: true }),
    Deposited: (state: Account, { amount }: { amount: number }) => ({
      ...state,
      balance: state.balance + amount,
      movements: state.movements + 1,
    }),
    Withdrawn: (state: Account, { amount }: { amount: number }) => ({
      ...state,
      balance: state.balance - amount,
      movements: state.movements + 1,
    }),
  },
}

export const account = defineAggregate<Account, AccountCommands, AccountEvents>({ name: 'account', ...definition })

/** The same with snapshots. */
export const savings = defineAggregate<Account, AccountCommands, AccountEvents>({
  name: 'savings',
  ...definition,
  snapshotEvery: 10,
})
