import type { Expression } from '../promql/expression.ts'
import type { Template } from './template.ts'

/** One `alert:` of a rule file. */
export interface AlertRule {
  /** Name of its group in the file. */
  readonly group: string
  readonly name: string
  /** As it stands in the file. */
  readonly expr: string
  readonly expression: Expression
  /** How long the expression must hold before it fires. Milliseconds. */
  readonly forMs: number
  /** How long it goes on firing after the expression holds no more. Milliseconds. */
  readonly keepFiringForMs: number
  readonly labels: ReadonlyMap<string, Template>
  readonly annotations: ReadonlyMap<string, Template>
  /** Labels and annotations with their templates as they stand in the file. */
  readonly text: {
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }
}
