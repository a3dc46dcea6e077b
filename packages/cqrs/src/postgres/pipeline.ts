import type { Submittable } from 'pg'
import { DatabaseError } from 'pg'

/** Values of one row in text format. */
export type Row = readonly (string | null)[]

export type Parameter = Buffer | string | null

/** The part of pg's `Connection` that speaks the extended query protocol. */
export interface Wire {
  readonly stream: { cork(): void; uncork(): void; destroy(error?: Error): void }
  parse(message: { name: string; text: string }): void
  describe(message: { type: 'S'; name: string }): void
  bind(message: { statement: string; values: readonly Parameter[] }): void
  execute(message: object): void
  sync(): void
  on(event: 'parameterDescription', listener: (message: { dataTypeIDs: readonly number[] }) => void): void
  removeListener(event: string, listener: (message: { dataTypeIDs: readonly number[] }) => void): void
}

/** PostgreSQL refused the statement with this index; none of the pipeline took effect. */
export class StatementFailure extends Error {
  readonly index: number

  constructor(index: number, cause: Error) {
    super(cause.message, { cause })
    this.index = index
  }
}

/** The connection could not be made or broke; whether the pipeline took effect is unknown. */
export class ConnectionFailure extends Error {
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause)
    super(reason, { cause })
  }
}

interface Settle<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
}

/**
 * What pg calls while a query owns the connection. After an error the server skips everything up to the Sync, and pg forgets
 * the query at once, so each query settles exactly once: on the error, or when the server is ready again.
 */
abstract class Exchange<T> implements Submittable {
  /** Set by pg when a query_timeout is configured. */
  callback: ((error: Error | null) => void) | undefined
  readonly #settle: Settle<T>
  protected step = 0

  constructor(settle: Settle<T>) {
    this.#settle = settle
  }

  protected abstract send(wire: Wire): void
  protected abstract result(): T
  protected ended(): void {}

  submit(connection: unknown): void {
    const wire = connection as Wire
    // One write for all messages.
    wire.stream.cork()
    try {
      this.send(wire)
      wire.sync()
    } catch (error) {
      // Without its Sync the server takes nothing of this; with it, it would commit the half that was sent.
      wire.stream.destroy(error as Error)
    } finally {
      wire.stream.uncork()
    }
  }

  handleError(error: Error): void {
    this.ended()
    this.callback?.(error)
    this.#settle.reject(error instanceof DatabaseError ? new StatementFailure(this.step, error) : error)
  }

  handleReadyForQuery(): void {
    this.ended()
    this.callback?.(null)
    this.#settle.resolve(this.result())
  }

  handleCommandComplete(): void {
    this.step += 1
  }

  handleEmptyQuery(): void {
    this.step += 1
  }

  handleRowDescription(): void {}
  handleDataRow(_message: { fields: Row }): void {}
  handlePortalSuspended(): void {}
  handleCopyInResponse(): void {}
  handleCopyData(): void {}
}

interface StatementToPrepare {
  readonly name: string
  readonly text: string
}

/** Prepares statements and answers the type ids of their parameters, outside of any transaction. */
export class Preparation extends Exchange<readonly (readonly number[])[]> {
  readonly #statements: readonly StatementToPrepare[]
  readonly #parameterTypes: (readonly number[])[] = []
  #wire: Wire | undefined

  constructor(statements: readonly StatementToPrepare[], settle: Settle<readonly (readonly number[])[]>) {
    super(settle)
    this.#statements = statements
  }

  protected send(wire: Wire): void {
    this.#wire = wire
    wire.on('parameterDescription', this.#described)
    for (const { name, text } of this.#statements) {
      wire.parse({ name, text })
      wire.describe({ type: 'S', name })
    }
  }

  readonly #described = ({ dataTypeIDs }: { dataTypeIDs: readonly number[] }): void => {
    this.#parameterTypes.push([...dataTypeIDs])
    this.step += 1
  }

  protected override ended(): void {
    this.#wire?.removeListener('parameterDescription', this.#described)
  }

  protected result(): readonly (readonly number[])[] {
    return this.#parameterTypes
  }
}

export interface BoundStatement {
  /** Of the prepared statement. */
  readonly name: string
  readonly values: readonly Parameter[]
}

/**
 * Runs prepared statements in one round trip. Everything up to the one Sync is one transaction of the server: all take effect
 * or none, there is no BEGIN or COMMIT to send, and a client that dies in the middle cannot leave a transaction open.
 */
export class Pipeline extends Exchange<readonly (readonly Row[])[]> {
  readonly #statements: readonly BoundStatement[]
  readonly #results: Row[][]

  constructor(statements: readonly BoundStatement[], settle: Settle<readonly (readonly Row[])[]>) {
    super(settle)
    this.#statements = statements
    this.#results = statements.map(() => [])
  }

  protected send(wire: Wire): void {
    for (const { name, values } of this.#statements) {
      wire.bind({ statement: name, values })
      wire.execute({})
    }
  }

  override handleDataRow({ fields }: { fields: Row }): void {
    this.#results[this.step]?.push(fields)
  }

  protected result(): readonly (readonly Row[])[] {
    return this.#results
  }
}
