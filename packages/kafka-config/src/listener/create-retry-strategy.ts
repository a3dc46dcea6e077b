import type { Logger } from '../client/logger.ts'
import { DefaultErrorHandler } from '../error-handling/default-error-handler.ts'
import { OrderedRetry } from '../ordered-retry/ordered-retry.ts'
import { orderedRetryBounds } from '../ordered-retry/ordered-retry-options.ts'
import type { Deserializer } from '../serialization/serializer.ts'
import type { BlockingRetryOptions } from './blocking-retry.ts'
import { BlockingRetry } from './blocking-retry.ts'
import type { ListenerContainerOptions } from './container-options.ts'
import { FailedRecords } from './failed-records.ts'
import type { RetryHost, RetryStrategy } from './retry-strategy.ts'

export interface RetryStrategyParts extends BlockingRetryOptions {
  readonly groupId: string
  readonly options: Pick<ListenerContainerOptions, 'errorHandler' | 'orderedRetry'>
  readonly deserializer: Deserializer
  readonly host: RetryHost
  readonly logger: Logger
}

/** Retries that hold up a key, or a partition: as the options say. @throws KafkaConfigError INVALID_VALUE, MISSING_VALUE */
export function createRetryStrategy({
  groupId,
  options: { orderedRetry, errorHandler: handling = {} },
  maxPollRecords,
  notBefore,
  deserializer,
  host,
  logger,
}: RetryStrategyParts): { readonly errorHandler: DefaultErrorHandler; readonly strategy: RetryStrategy } {
  if (orderedRetry) {
    const bounds = orderedRetryBounds(orderedRetry)
    const errorHandler = new DefaultErrorHandler(groupId, handling, logger, 'record')
    const parts = { groupId, maxPollRecords, bounds, deserializer, errorHandler, host, logger }
    return { errorHandler, strategy: new OrderedRetry(parts) }
  }
  const errorHandler = new DefaultErrorHandler(groupId, handling, logger)
  const events = { failingChanged: () => host.blockedChanged(), recovered: () => host.progressed() }
  const failed = new FailedRecords(groupId, errorHandler, events, logger)
  return { errorHandler, strategy: new BlockingRetry({ maxPollRecords, notBefore }, failed, host) }
}
