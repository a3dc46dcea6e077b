import type { Client } from 'pg'
import { CqrsError } from '../errors.ts'
import type { SqlStatement } from '../sql-statement.ts'
import { arrayLiteral, encodeArray, scalarText } from './array-encoder.ts'
import type { BoundStatement, Parameter, Row } from './pipeline.ts'
import { ConnectionFailure, Pipeline, Preparation, StatementFailure } from './pipeline.ts'

/** More texts than this on one connection come from texts that contain values; the server must not collect plans for them. */
const MAX_PREPARED = 500

interface PreparedStatement {
  readonly name: string
  readonly parameterTypes: readonly number[]
}

/** One connection and what is prepared on it. */
export class Session {
  readonly client: Client
  readonly #timeoutMs: number
  readonly #prepared = new Map<string, PreparedStatement>()
  #names = 0

  constructor(client: Client, timeoutMs: number) {
    this.client = client
    this.#timeoutMs = timeoutMs
  }

  /** Runs the statements as one transaction in one round trip, and answers the rows of each. */
  async run(statements: readonly SqlStatement[]): Promise<readonly (readonly Row[])[]> {
    const timer = setTimeout(this.#giveUp, this.#timeoutMs)
    try {
      await this.#prepare(statements)
      const bound = statements.map((statement, index) => this.#bind(statement, index))
      return await new Promise((resolve, reject) => {
        this.client.query(new Pipeline(bound, { resolve, reject }))
      })
    } catch (error) {
      throw error instanceof StatementFailure ? error : new ConnectionFailure(error)
    } finally {
      clearTimeout(timer)
    }
  }

  /** The server ends a transaction that lasts too long; this is for a server, or a network, that does not answer at all. */
  readonly #giveUp = (): void => {
    const { connection } = this.client as unknown as { connection: { stream: { destroy(error: Error): void } } }
    connection.stream.destroy(new Error(`No answer from PostgreSQL within ${this.#timeoutMs} ms`))
  }

  async #prepare(statements: readonly SqlStatement[]): Promise<void> {
    const unknown = new Set<string>()
    for (const { text } of statements) if (!this.#prepared.has(text)) unknown.add(text)
    if (unknown.size === 0) return
    if (this.#prepared.size + unknown.size > MAX_PREPARED) {
      await this.client.query('deallocate all')
      this.#prepared.clear()
      return this.#prepare(statements)
    }
    const named = [...unknown].map((text) => ({ text, name: `cqrs_${++this.#names}` }))
    try {
      const types = await new Promise<readonly (readonly number[])[]>((resolve, reject) => {
        this.client.query(new Preparation(named, { resolve, reject }))
      })
      named.forEach(({ text, name }, n) => {
        this.#prepared.set(text, { name, parameterTypes: types[n] ?? [] })
      })
    } catch (error) {
      if (!(error instanceof StatementFailure)) throw error
      const refused = named[error.index]?.text
      throw new StatementFailure(
        statements.findIndex(({ text }) => text === refused),
        error.cause as Error,
      )
    }
  }

  #bind({ text, values }: SqlStatement, index: number): BoundStatement {
    const { name, parameterTypes } = this.#prepared.get(text) ?? { name: '', parameterTypes: [] }
    if (values.length !== parameterTypes.length) {
      throw new StatementFailure(
        index,
        new CqrsError(
          'INVALID_ARGUMENT',
          `${values.length} values were given for ${parameterTypes.length} parameters of: ${text}`,
        ),
      )
    }
    try {
      return { name, values: values.map((value, n) => parameter(value, parameterTypes[n] ?? 0)) }
    } catch (error) {
      throw new StatementFailure(index, error as Error)
    }
  }
}

function parameter(value: unknown, type: number): Parameter {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value
  if (Array.isArray(value)) return encodeArray(value, type) ?? arrayLiteral(value)
  return scalarText(value)
}
