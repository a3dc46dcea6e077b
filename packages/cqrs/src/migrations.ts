export interface Migration {
  readonly name: string
  readonly up: string
}

export const migrations: readonly Migration[] = []
