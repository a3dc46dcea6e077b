// Writes the documents that are made from the code; with --check it only tells which are stale.
import { fileURLToPath } from 'node:url'
import { configurationDocument } from './docs/configuration.ts'
import { dashboardJson } from './docs/dashboard.ts'
import { errorsDocument, kitMetricsTable, metricsDocument } from './docs/errors.ts'
import { eventsDocument, flowTable } from './docs/events.ts'
import type { GeneratedDocument } from './docs/generated-documents.ts'
import { staleFiles, writeDocuments } from './docs/generated-documents.ts'
import { localAlertRules } from './docs/local-alert-rules.ts'
import { SERVICES_WITH_STATES, statesDocument } from './docs/states.ts'

/** Another table: another line here, its content in a file of `scripts/docs/`. */
export const DOCUMENTS: readonly GeneratedDocument[] = [
  { file: 'docs/generated/events.md', content: eventsDocument },
  { file: 'ARCHITECTURE.md', marker: 'flow', content: flowTable },
  { file: 'docs/generated/configuration.md', content: configurationDocument },
  { file: 'docs/generated/errors.md', content: errorsDocument },
  { file: 'docs/generated/metrics.md', content: metricsDocument },
  { file: 'ops/grafana/platform.json', content: dashboardJson },
  { file: 'packages/service-kit/README.md', marker: 'metrics', content: kitMetricsTable },
  { file: 'ops/alerts.local.prom.yml', content: localAlertRules },
  ...SERVICES_WITH_STATES.map((service) => ({
    file: `services/${service}/README.md`,
    marker: 'states',
    content: () => statesDocument(service),
  })),
]

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL('../', import.meta.url))

function main(options: readonly string[]): number {
  if (options.some((option) => option !== '--check')) {
    console.error('Usage: npm run docs [-- --check]')
    return 2
  }
  if (options.length === 0) {
    for (const file of writeDocuments(ROOT, DOCUMENTS)) console.log(`wrote ${file}`)
    return 0
  }
  const stale = [...staleFiles(ROOT, DOCUMENTS).keys()]
  for (const file of stale)
    console.error(`${file} is not as the code says any more: run \`npm run docs\` and commit it`)
  return stale.length === 0 ? 0 : 1
}

if (import.meta.main) {
  try {
    process.exitCode = main(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
