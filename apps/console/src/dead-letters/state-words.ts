import type { DeadLetterState } from '@stocker/dead-letters'
import type { StatusKind } from '../web/components/status.ts'
import { Status } from '../web/components/status.ts'
import type { VNode } from '../web/html.ts'

interface StateWords {
  readonly kind: StatusKind
  readonly word: string
  readonly means: string
}

export const STATE_WORDS: Readonly<Record<DeadLetterState, StateWords>> = {
  NEW: { kind: 'bad', word: 'new', means: 'Nobody has seen to it yet, or it failed again' },
  REDRIVING: { kind: 'busy', word: 'being sent', means: 'It is part of a redrive' },
  REDRIVEN: { kind: 'ok', word: 'handled', means: 'It was sent again, and its group has handled it' },
  PARKED: {
    kind: 'warn',
    word: 'parked',
    means: 'Put aside by a person, or because it failed too often; release it to send it again',
  },
  DISCARDED: { kind: 'idle', word: 'discarded', means: 'A person decided that it is not to be handled' },
}

export function StateMark({ state }: { readonly state: DeadLetterState }): VNode {
  const { kind, word, means } = STATE_WORDS[state]
  return Status({ kind, children: word, title: means })
}
