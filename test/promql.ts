import { parser } from '@prometheus-io/lezer-promql'

/** A question of the dashboard with Grafana's variables filled in. */
export const asPromql = (question: string): string =>
  question.replaceAll('$__rate_interval', '1m').replaceAll(/\$\w+/g, '.*')

/** Names of the metrics that an expression asks for. Throws when it does not parse. */
export function metricsIn(expression: string): readonly string[] {
  const names = new Set<string>()
  parser.parse(expression).iterate({
    enter: ({ name, type, from, to, node }) => {
      if (type.isError) throw new Error(`${expression} does not parse at ${from}`)
      if (name === 'Identifier' && node.parent?.name === 'VectorSelector') names.add(expression.slice(from, to))
    },
  })
  return [...names].sort()
}
