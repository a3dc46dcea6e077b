/** Names of the headers that say where a failed record came from and why it failed. */
export interface FailureHeaderNames {
  readonly originalTopic: string
  readonly originalPartition: string
  readonly originalOffset: string
  readonly originalTimestamp: string
  readonly originalTimestampType: string
  readonly originalConsumerGroup: string
  readonly exceptionFqcn: string
  readonly exceptionCauseFqcn: string
  readonly exceptionMessage: string
  readonly exceptionStacktrace: string
}

/** Spring's KafkaHeaders.DLT_*: what a DeadLetterPublishingRecoverer by itself writes. */
export const DEAD_LETTER_HEADERS: FailureHeaderNames = {
  originalTopic: 'kafka_dlt-original-topic',
  originalPartition: 'kafka_dlt-original-partition',
  originalOffset: 'kafka_dlt-original-offset',
  originalTimestamp: 'kafka_dlt-original-timestamp',
  originalTimestampType: 'kafka_dlt-original-timestamp-type',
  originalConsumerGroup: 'kafka_dlt-original-consumer-group',
  exceptionFqcn: 'kafka_dlt-exception-fqcn',
  exceptionCauseFqcn: 'kafka_dlt-exception-cause-fqcn',
  exceptionMessage: 'kafka_dlt-exception-message',
  exceptionStacktrace: 'kafka_dlt-exception-stacktrace',
}

/** What @RetryableTopic writes, to its retry topics and its dead letters. The group has the other one's name: Spring's constant is so. */
export const RETRY_FLOW_HEADERS: FailureHeaderNames = {
  originalTopic: 'kafka_original-topic',
  originalPartition: 'kafka_original-partition',
  originalOffset: 'kafka_original-offset',
  originalTimestamp: 'kafka_original-timestamp',
  originalTimestampType: 'kafka_original-timestamp-type',
  originalConsumerGroup: 'kafka_dlt-original-consumer-group',
  exceptionFqcn: 'kafka_exception-fqcn',
  exceptionCauseFqcn: 'kafka_exception-cause-fqcn',
  exceptionMessage: 'kafka_exception-message',
  exceptionStacktrace: 'kafka_exception-stacktrace',
}
