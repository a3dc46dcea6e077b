import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { formatPromDuration, parsePromDuration } from '@stocker/alerting'

const RULES = fileURLToPath(new URL('../../ops/alerts.prom.yml', import.meta.url))
/** The group whose windows are hours and days. */
const GROUP = '  - name: order-slo'
const PART = 60
/** Shorter windows hold too few of the samples that are taken every 5 s. Milliseconds. */
const SHORTEST_MS = 20_000
const LEAST_ORDERS = { production: 20, local: 5 } as const

const HEADER = `# Made from alerts.prom.yml by \`npm run docs\`; change it there. For \`npm start\` and demonstrations: what takes hours there takes minutes here.
# The windows of the group order-slo are a sixtieth, at least ${SHORTEST_MS / 1_000} s, and ${LEAST_ORDERS.local} orders are enough instead of ${LEAST_ORDERS.production}.
`

/** The rules for a local platform. */
export function localAlertRules(): string {
  const text = readFileSync(RULES, 'utf8')
  const [before, group, ...more] = text.split(GROUP)
  if (before === undefined || group === undefined || more.length > 0)
    throw new Error(`${RULES} has no single group order-slo`)
  const rules = before.slice(before.indexOf('groups:'))
  return `${HEADER}${rules}${GROUP}${group
    .replaceAll(/\[(\w+)\]/g, (_, window: string) => `[${scaled(window)}]`)
    .replaceAll(`>= ${LEAST_ORDERS.production}`, `>= ${LEAST_ORDERS.local}`)}`
}

function scaled(window: string): string {
  const ms = parsePromDuration(window)
  if (ms === undefined) throw new Error(`${window} in ${RULES} is no duration`)
  return formatPromDuration(Math.max(SHORTEST_MS, ms / PART))
}
