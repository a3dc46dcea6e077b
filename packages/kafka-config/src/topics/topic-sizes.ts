import { describeLogDirsV4 } from '@platformatic/kafka'
import { Cluster } from '../client/cluster.ts'
import { reason } from '../client/failure.ts'
import { PROTOCOL, protocolName } from '../client/protocol-codes.ts'
import { request } from '../client/request.ts'
import type { KafkaConfig } from '../config/kafka-config.ts'

export interface TopicSizes {
  /** Of every topic that this principal may see, without the broker's own, by name: what all its replicas take on the brokers' disks. */
  readonly bytes: ReadonlyMap<string, bigint>
  /** Why the sizes are too small, one line each; empty: they are whole. */
  readonly problems: readonly string[]
}

/**
 * Asks every broker what lies in its log directories (Kafka's DescribeLogDirs, for which a principal needs DESCRIBE on the cluster).
 * @throws KafkaConfigError BROKER_UNREACHABLE, AUTHENTICATION_FAILED when no broker answers at all
 */
export async function topicSizes({ admin }: KafkaConfig): Promise<TopicSizes> {
  const { requestTimeoutMs } = admin.connection
  const cluster = new Cluster(admin.connection)
  const bytes = new Map<string, bigint>()
  const problems: string[] = []
  try {
    const { brokers, topics: described } = await cluster.describe(requestTimeoutMs)
    for (const { topic, internal } of described) if (!internal) bytes.set(topic, 0n)
    await Promise.all(
      brokers.map(async ({ nodeId, host, port }) => {
        const tell = (problem: string): void => {
          problems.push(`broker ${nodeId} (${host}:${port}) did not tell all sizes: ${problem}`)
        }
        try {
          const connection = await cluster.connectionTo(nodeId)
          const answer = await request(connection, requestTimeoutMs, describeLogDirsV4.api, null)
          if (answer.errorCode !== PROTOCOL.NONE) tell(protocolName(answer.errorCode))
          for (const { errorCode, logDir, topics } of answer.results) {
            if (errorCode !== PROTOCOL.NONE) tell(`${protocolName(errorCode)} of ${logDir}`)
            for (const { name, partitions } of topics) {
              const size = partitions.reduce((sum, { partitionSize }) => sum + partitionSize, 0n)
              const known = bytes.get(name)
              if (known !== undefined) bytes.set(name, known + size)
            }
          }
        } catch (error) {
          tell(reason(error))
        }
      }),
    )
    return { bytes, problems }
  } finally {
    await cluster.close()
  }
}
