import { TOPIC_NAMES } from '@stocker/contracts'
import type { Platform } from '@stocker/platform'
import { orderTimeline } from '@stocker/platform'
import { readTopics } from '../event-log.ts'
import type { AuditReport } from './audit.ts'
import { audit } from './audit.ts'
import { databasesOn } from './databases.ts'
import { sentenceOf } from './difference.ts'
import { publicationDifferences, readStored } from './publications.ts'
import { readTrails } from './read-trails.ts'
import { trailDifferences } from './trails.ts'

export interface AfterCrashesOptions {
  /** Ids of the orders that were accepted. */
  readonly accepted: readonly string[]
  /** How long everything may take to come to its end. Milliseconds. */
  readonly patienceMs: number
  /** Hears all that is known of the first orders that differ. */
  readonly log: (line: string) => void
}

const ORDER = 'order '
const TIMELINES = 3

/** All that can be checked of a platform that has come to rest: the books, the read models, the topics, and the trails. One sentence for each difference. */
export const auditAfterCrashes = async (
  platform: Platform,
  { accepted, patienceMs, log }: AfterCrashesOptions,
): Promise<{ readonly books: AuditReport; readonly differences: readonly string[] }> => {
  await platform.ready()
  const databases = databasesOn((name) => platform.postgres(name))
  const books = await audit(databases, { settled: true, readModels: true, accepted, patienceMs })
  const stored = await readStored(databases)
  const published = await readTopics(platform.kafka, TOPIC_NAMES)
  const trails = trailDifferences(published, await readTrails(databases, published))
  const wrong = books.differences.flatMap(({ about }) => (about.startsWith(ORDER) ? [about.slice(ORDER.length)] : []))
  for (const orderId of [...new Set(wrong)].slice(0, TIMELINES))
    log(
      await orderTimeline(orderId, {
        orderService: platform.url('order-service'),
        token: await platform.token({ subject: 'audit', roles: ['support'] }),
        logs: platform.logs,
        services: platform.services.map(({ name }) => name),
      }),
    )
  return {
    books,
    differences: [
      ...books.differences.map(sentenceOf),
      ...publicationDifferences(stored, published),
      ...trails.map(sentenceOf),
    ],
  }
}
