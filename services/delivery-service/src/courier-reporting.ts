import type { BackgroundWork, Logger, Metrics, OutgoingWebhook, ReportingConfig } from '@stocker/service-kit'
import {
  addWebhooks,
  connectDatabase,
  migrateOnce,
  WebhookSender,
  webhookIdFor,
  webhookMigrations,
} from '@stocker/service-kit'
import type { Courier, CourierReport, Parcel } from './courier.ts'
import { withRequests } from './courier.ts'

/** What the route of `courier-webhook.ts` takes: one message for each report of a request, however often it is asked for. */
export const messagesOf = (parcel: Parcel, reports: readonly CourierReport[], delayMs: number): OutgoingWebhook[] => {
  const { orderId, trackingNumber, idempotencyKey } = parcel
  return reports.map((report) => ({
    id: webhookIdFor(`${idempotencyKey} ${report.event}`),
    subject: orderId,
    body: {
      ...{ orderId, trackingNumber, idempotencyKey, event: report.event, at: report.at },
      ...(report.event === 'DELIVERED' && report.proof),
      ...(report.event === 'ATTEMPT_FAILED' && { reason: report.reason }),
    },
    delayMs,
  }))
}

export interface CourierReportingParts {
  readonly config: ReportingConfig & { readonly databaseUrl: string }
  readonly logger: Logger
  readonly metrics: Metrics
  readonly url: () => string
}

export interface CourierReporting extends BackgroundWork {
  /** Stores what happened to a parcel, to be reported. */
  readonly owe: (parcel: Parcel, reports: readonly CourierReport[]) => Promise<void>
  /** The courier who reports as well what his answers say, where all is wanted. */
  readonly of: (courier: Courier) => Courier
}

/** The simulated courier's reports, in a database of his own: another company's system. */
export const courierReporting = ({ config, logger, metrics, url }: CourierReportingParts): CourierReporting => {
  const { databaseUrl, webhookSecrets: secrets, webhookDelayMs, reported } = config
  const name = 'simulated-courier'
  // Not in the health report: without the reports parcels are brought all the same, by calls that are repeated until they are answered.
  const database = connectDatabase({ url: databaseUrl, logger, poolSize: 2, applicationName: name, byKeyOnly: true })
  const { pool } = database
  const sender = new WebhookSender({ pool, logger, metrics, name, url, secrets })
  const open = migrateOnce(database, webhookMigrations)
  const owe = async (parcel: Parcel, reports: readonly CourierReport[]): Promise<void> => {
    await open()
    await pool.query(addWebhooks(messagesOf(parcel, reports, webhookDelayMs)))
    sender.wake()
  }
  return {
    owe,
    of: (courier) =>
      reported === 'all'
        ? withRequests(courier, (ask) => async (parcel, signal) => {
            const reports = await ask(parcel, signal)
            await owe(parcel, reports).catch((error: unknown) => {
              logger.warn(
                { orderId: parcel.orderId, err: error },
                'the simulated courier cannot store a report; its answer counts',
              )
            })
            return reports
          })
        : courier,
    start: () => {
      // A database that is away is opened by the first report that finds it.
      open()
        .catch(() => {})
        .finally(() => sender.start())
    },
    stop: async () => {
      await sender.stop()
      await database.close()
    },
  }
}
