import type { EventStore } from '../src/index.ts'
import { createInbox, defineSaga, send } from '../src/index.ts'
import type { AccountEvents } from './bank.ts'
import { account } from './bank.ts'
import { message, newId } from './kernel.ts'

/** Money on its way from an account to another one, or to an account of another bank, which says when it has arrived. */
export interface Transfer {
  readonly status: 'none' | 'withdrawing' | 'depositing' | 'sent' | 'done' | 'refunding' | 'refunded' | 'refused'
  readonly from: string
  readonly to: string
  readonly amount: number
}

export interface TransferRequest {
  readonly transferId: string
  readonly from: string
  readonly to: string
  readonly amount: number
  /** Another bank, and what it calls the transfer. */
  readonly elsewhere?: { readonly bank: string; readonly reference: string }
}

/** Messages, and the events of accounts. */
export interface TransferEvents {
  TransferRequested: TransferRequest
  TransferReopened: { readonly transferId: string }
  MoneyArrived: { readonly reference: string }
  MoneyReturned: { readonly bank: string; readonly reference: string }
  BankClosed: { readonly bank: string }
  Withdrawn: AccountEvents['Withdrawn']
  Deposited: AccountEvents['Deposited']
}

export interface TransferDeadlines {
  overdue: { readonly reference: string }
  reminder: object
}

export const HOUR_MS = 3_600_000

const refund = ({ from, amount }: Transfer, transferId: string) =>
  send(account, from, { type: 'Deposit', data: { amount, note: transferId } })

export const transfer = defineSaga<
  Transfer & { readonly elsewhere?: TransferRequest['elsewhere'] },
  TransferEvents,
  TransferDeadlines
>({
  name: 'transfer',
  initial: { status: 'none', from: '', to: '', amount: 0 },
  on: {
    TransferRequested: {
      id: ({ transferId }) => transferId,
      starts: true,
      handle: (_, { transferId, ...request }) => ({
        state: { status: 'withdrawing', ...request },
        commands: [
          send(account, request.from, { type: 'Withdraw', data: { amount: request.amount, note: transferId } }),
        ],
      }),
    },
    TransferReopened: {
      id: ({ transferId }) => transferId,
      starts: true,
      reopens: true,
      handle: (state, { transferId }) =>
        state.status === 'none'
          ? {}
          : {
              state: { ...state, status: 'withdrawing' },
              commands: [
                send(account, state.from, { type: 'Withdraw', data: { amount: state.amount, note: transferId } }),
              ],
            },
    },
    Withdrawn: {
      id: ({ note }, { aggregate }) => (aggregate === 'account' ? (note ?? null) : null),
      handle: (state, { amount }, { id }) =>
        state.elsewhere === undefined
          ? {
              state: { ...state, status: 'depositing' },
              commands: [send(account, state.to, { type: 'Deposit', data: { amount, note: id } })],
            }
          : {
              state: { ...state, status: 'sent' },
              associate: state.elsewhere,
              schedule: {
                overdue: { afterMs: HOUR_MS, payload: { reference: state.elsewhere.reference } },
                reminder: { afterMs: HOUR_MS / 2 },
              },
            },
    },
    Deposited: {
      id: ({ note }, { aggregate }) => (aggregate === 'account' ? (note ?? null) : null),
      handle: (state) => ({
        state: { ...state, status: state.status === 'refunding' ? 'refunded' : 'done' },
        end: true,
      }),
    },
    MoneyArrived: {
      association: ({ reference }) => ({ reference }),
      handle: (state) => ({ state: { ...state, status: 'done' }, end: true }),
    },
    MoneyReturned: {
      association: ({ bank, reference }) => ({ bank, reference }),
      handle: (state, _, { id }) => ({ state: { ...state, status: 'refunding' }, commands: [refund(state, id)] }),
    },
    BankClosed: {
      association: ({ bank }) => ({ bank }),
      handle: (state, _, { id }) => ({ state: { ...state, status: 'refunding' }, commands: [refund(state, id)] }),
    },
  },
  deadlines: {
    overdue: (state, _, { id }) => ({ state: { ...state, status: 'refunding' }, commands: [refund(state, id)] }),
    reminder: () => ({ schedule: { reminder: { afterMs: HOUR_MS } } }),
  },
  rejected: (state, { command }, { id }) =>
    command.command.type === 'Withdraw'
      ? { state: { ...state, status: 'refused' }, end: true }
      : { state: { ...state, status: 'refunding' }, commands: [refund(state, id)] },
})

export const inboxOf = (store: EventStore, consumer = 'bank') => createInbox({ store, consumer, handlers: {} })

export const requested = (request: TransferRequest) => message('TransferRequested', request.transferId, request)

/** Opens accounts with these balances and answers their ids. */
export async function accounts(store: EventStore, ...balances: readonly number[]): Promise<string[]> {
  const ids = balances.map(newId)
  await store.transact(
    (unit) => {
      balances.forEach((amount, n) => {
        const id = ids[n] ?? ''
        unit.execute(account, id, { type: 'Open', data: { owner: 'Ann' } })
        if (amount > 0) unit.execute(account, id, { type: 'Deposit', data: { amount } })
      })
    },
    { correlationId: 'opening' },
  )
  return ids
}

export const balanceOf = async (store: EventStore, id: string): Promise<number> =>
  (await store.load(account, id)).state.balance
