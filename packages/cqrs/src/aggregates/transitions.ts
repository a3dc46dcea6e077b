/** State → the states that may follow it; none after a final one. */
export type Transitions = Readonly<Record<string, readonly string[]>>

/** The states of a transition table that something follows. */
export type NonFinal<T extends Transitions> = {
  [S in keyof T & string]: T[S] extends readonly [] ? never : S
}[keyof T & string]

/**
 * Who or what moves each non-final state on, so that nothing can stay there for ever: an owner in words (a person, a call that is
 * repeated, an event that must come), or the command of a deadline. A state that is left out does not compile.
 */
export type Owners<T extends Transitions, Command extends string = string> = Readonly<
  Record<NonFinal<T>, { readonly owner: string } | { readonly deadline: Command }>
>
