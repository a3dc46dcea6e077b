import type { Logger } from '../client/logger.ts'
import { settlesWithin } from '../client/wait.ts'
import type { ConsumerSettings } from '../config/settings.ts'
import type { InHand } from './batch-delivery.ts'
import { spanOf } from './batch-offsets.ts'
import type { SessionService } from './session-service.ts'

const COMMIT_ON_STOP_MS = 5000
/** A broker acknowledges within milliseconds; while it does not, the group shall not wait for a record that another member can recover. */
const RECOVERIES_AT_HAND_OVER_MS = 1000

export interface HandOverOptions {
  readonly groupId: string
  readonly consumer: ConsumerSettings
  /** How long the batch in hand may take to end when the container stops, in milliseconds. */
  readonly shutdownTimeoutMs: number
  /** The container stops, rather than the group changes. */
  readonly stopping: boolean
  /** The batch that the listener has at the moment. */
  readonly inHand: () => InHand | undefined
  /** Nothing that is finished from now on counts. */
  readonly ended: () => void
  readonly logger: Logger
}

/** Gives the partitions of a session up: the batch in hand may end, what is done is committed, and whoever gets them begins after it. */
export async function handOver(serving: SessionService, options: HandOverOptions): Promise<void> {
  const { groupId, consumer, stopping, ended, logger } = options
  await serving.stopFetching()
  await finishInHand(serving, options)
  await serving.settleRecoveries(RECOVERIES_AT_HAND_OVER_MS)
  serving.end()
  ended()
  if (serving.session.lost.aborted) return
  const limit = stopping ? COMMIT_ON_STOP_MS : Math.min(consumer.defaultApiTimeoutMs, consumer.maxPollIntervalMs)
  if (await serving.committer.close(limit)) return
  logger.warn({ groupId }, 'the last offsets could not be committed; their records will be handled again')
}

/** The batch in hand may end first; not when the partitions are lost already. */
async function finishInHand(
  { session, cancel }: SessionService,
  { groupId, consumer, shutdownTimeoutMs, stopping, inHand, logger }: HandOverOptions,
): Promise<void> {
  const batch = inHand()
  if (!batch || session.lost.aborted) return
  const limit = stopping ? shutdownTimeoutMs : consumer.maxPollIntervalMs - (Date.now() - batch.since)
  if (await settlesWithin(batch.settled, Math.max(0, limit), session.lost)) return
  if (session.lost.aborted) return
  logger.error(
    { groupId, ...spanOf(batch.records), afterMs: Date.now() - batch.since },
    'the listener did not end in time: its partitions are given up, the records will be handled again',
  )
  cancel.abort()
}
