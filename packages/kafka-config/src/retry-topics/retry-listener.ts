import { DEAD_LETTER_HEADERS } from '../dead-letters/failure-headers.ts'
import { BatchListenerFailedError, failedIndex, failureOf } from '../error-handling/batch-listener-failed-error.ts'
import { decodeText, lastHeader } from '../headers.ts'
import type { RecordListener } from '../listener/each-record.ts'
import { eachRecord } from '../listener/each-record.ts'
import type { BatchListener, ListenerRecord } from '../listener/listener-types.ts'

/**
 * The listener of the retry topics: that of the main topics, for dead letters their own. What another group failed at is passed over, as every group
 * that reads the main topic writes to the same retry topics unless it has a suffix of its own.
 */
export function retryListener(
  groupId: string,
  listener: BatchListener,
  isDeadLetter: (topic: string) => boolean,
  dltListener: RecordListener | undefined,
): BatchListener {
  const deadLetterListener = dltListener ? eachRecord(dltListener) : listener
  return async (records, context) => {
    const own = records.filter((record) => isOf(groupId, record))
    for (let start = 0; start < own.length; ) {
      const dead = isDeadLetter((own[start] as ListenerRecord).topic)
      const change = own.findIndex(({ topic }, index) => index > start && isDeadLetter(topic) !== dead)
      const run = own.slice(start, change < 0 ? own.length : change)
      try {
        await (dead ? deadLetterListener : listener)(run, context)
      } catch (error) {
        const index = failedIndex(error, run)
        if (index === undefined) throw error
        // The listener counts in its run, the container in the batch.
        throw new BatchListenerFailedError(run[index] as ListenerRecord, { cause: failureOf(error) })
      }
      start += run.length
    }
  }
}

/** Who failed stands in the header that the first failure wrote; a record without it is anyone's. */
function isOf(groupId: string, { raw }: ListenerRecord): boolean {
  const failed = lastHeader(raw.headers, DEAD_LETTER_HEADERS.originalConsumerGroup)
  return failed === undefined || decodeText(failed.value) === groupId
}
