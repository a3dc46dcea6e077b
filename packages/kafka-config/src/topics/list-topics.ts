import { metadataV9 } from '@platformatic/kafka'
import { Cluster } from '../client/cluster.ts'
import { request } from '../client/request.ts'
import type { KafkaConfig } from '../config/kafka-config.ts'

/**
 * Names of all topics that this principal may see, without the broker's own.
 * @throws KafkaConfigError BROKER_UNREACHABLE, AUTHENTICATION_FAILED
 */
export async function listTopics({ admin }: KafkaConfig): Promise<readonly string[]> {
  const cluster = new Cluster(admin.connection)
  try {
    const connection = await cluster.anyConnection()
    const { topics } = await request(connection, admin.connection.requestTimeoutMs, metadataV9.api, null, false, false)
    return topics.flatMap(({ name, isInternal }) => (name === null || isInternal ? [] : [name])).sort()
  } finally {
    await cluster.close()
  }
}
