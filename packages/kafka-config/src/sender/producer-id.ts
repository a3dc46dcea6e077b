import { initProducerIdV4 } from '@platformatic/kafka'
import type { Cluster } from '../client/cluster.ts'
import { protocolFailure } from '../client/failure.ts'
import { PROTOCOL } from '../client/protocol-codes.ts'
import { request } from '../client/request.ts'
import type { ProducerIdentity } from './partition-queue.ts'

/** A new producer id, of no transaction. @throws what a request to a broker throws, and KafkaConfigError where it refuses */
export async function obtainProducerId(cluster: Cluster, requestTimeoutMs: number): Promise<ProducerIdentity> {
  const connection = await cluster.anyConnection()
  const response = await request(connection, requestTimeoutMs, initProducerIdV4.api, null, 0, -1n, -1)
  if (response.errorCode !== PROTOCOL.NONE) throw protocolFailure(response.errorCode, 'Obtaining a producer id')
  return { id: response.producerId, epoch: response.producerEpoch }
}
