export interface Query {
  readonly expr: string
  /** Grafana's own: `{{label}}`. */
  readonly legend: string
}

export interface Panel {
  readonly title: string
  /** What to make of it, in a sentence. */
  readonly description: string
  /** Grafana's name of it. */
  readonly unit?: 's' | 'ops' | 'short' | 'percentunit' | 'bytes' | 'reqps' | 'cpm'
  readonly kind?: 'timeseries' | 'stat'
  /** Of 24. Default 8. */
  readonly width?: number
  readonly queries: readonly Query[]
  /** Above it a value is drawn as bad. */
  readonly badFrom?: number
}

export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}

export const one = (expr: string, legend: string): readonly Query[] => [{ expr, legend }]
export const RATE = '$__rate_interval'
