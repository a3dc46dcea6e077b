import type { Broker, Connection, ConnectionOptions } from '@platformatic/kafka'
import { ConnectionPool, findCoordinatorV3, metadataV9 } from '@platformatic/kafka'
import type { ConnectionSettings } from '../config/settings.ts'
import { KafkaConfigError } from '../errors.ts'
import { connectionFailure, protocolFailure } from './failure.ts'
import { PROTOCOL } from './protocol-codes.ts'
import { request } from './request.ts'

/** A node id that no broker has: the partition has no leader at the moment. */
export const NO_LEADER = -1

export interface TopicLayout {
  /** Leader's node id by partition; NO_LEADER while there is none. */
  readonly leaders: readonly number[]
}

export interface MetadataReport {
  readonly missing: readonly string[]
  /** Topics that this principal may not describe. */
  readonly forbidden: readonly string[]
}

export interface DescribedPartition {
  readonly topic: string
  readonly partition: number
  /** NO_LEADER while there is none. */
  readonly leader: number
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
  readonly logStart: undefined
  readonly head: undefined
}

export interface ClusterDescription {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[]
  readonly topics: readonly {
    readonly topic: string
    readonly internal: boolean
    readonly partitions: readonly DescribedPartition[]
  }[]
}

/**
 * What is known of a cluster (brokers, leaders, partition counts) and connections to its nodes. Nothing here repeats a failed request:
 * every caller has a loop with a limit of its own, and a retry below it would only hide how long things take.
 */
export class Cluster {
  readonly settings: ConnectionSettings
  readonly #bootstrap: readonly Broker[]
  readonly #pools = new Set<ConnectionPool>()
  readonly #main: ConnectionPool
  readonly #topics = new Map<string, TopicLayout>()
  #brokers = new Map<number, Broker>()
  #controller = NO_LEADER
  #closed = false

  constructor(settings: ConnectionSettings) {
    this.settings = settings
    this.#bootstrap = settings.bootstrapServers.map(parseAddress)
    this.#main = this.createPool()
  }

  /**
   * Connections apart from the others: a broker answers the requests of one connection one after the other, so a long poll or
   * a JoinGroup would hold up heartbeats and commits on the same one.
   */
  createPool(): ConnectionPool {
    const pool = new ConnectionPool(this.settings.clientId, connectionOptions(this.settings))
    // Without a listener a second failure of the same socket would be an uncaught exception.
    pool.on('connecting', ({ connection }) => connection.on('error', () => undefined))
    this.#pools.add(pool)
    return pool
  }

  async dropPool(pool: ConnectionPool): Promise<void> {
    this.#pools.delete(pool)
    await closePool(pool)
  }

  layout(topic: string): TopicLayout | undefined {
    return this.#topics.get(topic)
  }

  /** NO_LEADER when the partition is not known or has none. */
  leader(topic: string, partition: number): number {
    const leader = this.#topics.get(topic)?.leaders[partition] ?? NO_LEADER
    return this.#brokers.has(leader) ? leader : NO_LEADER
  }

  forget(topic: string): void {
    this.#topics.delete(topic)
  }

  /** @throws KafkaConfigError BROKER_UNREACHABLE, AUTHENTICATION_FAILED */
  async refresh(topics: readonly string[]): Promise<MetadataReport> {
    const connection = await this.anyConnection()
    const response = await request(
      connection,
      this.settings.requestTimeoutMs,
      metadataV9.api,
      [...topics],
      false,
      false,
    ).catch((error: unknown) => {
      throw connectionFailure(error, this.settings.bootstrapServers)
    })
    this.#brokers = new Map(response.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]))
    this.#controller = response.controllerId
    const missing: string[] = []
    const forbidden: string[] = []
    for (const topic of response.topics) {
      const name = topic.name
      if (name === null) continue
      if (topic.errorCode === PROTOCOL.TOPIC_AUTHORIZATION_FAILED) {
        forbidden.push(name)
        continue
      }
      if (
        topic.errorCode === PROTOCOL.UNKNOWN_TOPIC_OR_PARTITION ||
        topic.errorCode === PROTOCOL.INVALID_TOPIC_EXCEPTION
      ) {
        this.#topics.delete(name)
        missing.push(name)
        continue
      }
      const leaders: number[] = []
      for (const partition of topic.partitions) leaders[partition.partitionIndex] = partition.leaderId
      if (leaders.length > 0) this.#topics.set(name, { leaders })
    }
    return { missing, forbidden }
  }

  /** Everything that this principal may see: brokers, topics, who leads and who is in sync; without offsets. @throws KafkaConfigError BROKER_UNREACHABLE, AUTHENTICATION_FAILED */
  async describe(timeoutMs: number): Promise<ClusterDescription> {
    const connection = await this.anyConnection()
    const response = await request(connection, timeoutMs, metadataV9.api, null, false, false).catch(
      (error: unknown) => {
        throw connectionFailure(error, this.settings.bootstrapServers)
      },
    )
    this.#brokers = new Map(response.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]))
    this.#controller = response.controllerId
    return {
      brokers: response.brokers.map(({ nodeId, host, port }) => ({ nodeId, host, port })),
      topics: response.topics
        .flatMap(({ name: topic, isInternal: internal, partitions }) => {
          if (topic === null || partitions.length === 0) return []
          const inOrder = [...partitions].sort((a, b) => a.partitionIndex - b.partitionIndex)
          return [{ topic, internal, partitions: inOrder.map((partition) => described(topic, partition)) }]
        })
        .sort((a, b) => (a.topic < b.topic ? -1 : 1)),
    }
  }

  /** @throws KafkaConfigError */
  async findCoordinator(groupId: string): Promise<Broker> {
    const connection = await this.anyConnection()
    const response = await request(connection, this.settings.requestTimeoutMs, findCoordinatorV3.api, 0, [groupId])
    const coordinator = response.coordinators[0]
    if (!coordinator || coordinator.errorCode !== PROTOCOL.NONE) {
      throw protocolFailure(
        coordinator?.errorCode ?? PROTOCOL.COORDINATOR_NOT_AVAILABLE,
        `Looking for the coordinator of group ${groupId}`,
        'BROKER_UNREACHABLE',
      )
    }
    return { host: coordinator.host, port: coordinator.port }
  }

  async connectionTo(node: number, pool: ConnectionPool = this.#main): Promise<Connection> {
    const broker = this.#brokers.get(node)
    if (!broker) throw new KafkaConfigError('BROKER_UNREACHABLE', `Broker ${node} is not part of the cluster any more`)
    return this.connectionAt(broker, pool)
  }

  /** Where topics are created and changed. Call `refresh` before. */
  controllerConnection(): Promise<Connection> {
    return this.#brokers.has(this.#controller) ? this.connectionTo(this.#controller) : this.anyConnection()
  }

  async connectionAt(broker: Broker, pool: ConnectionPool = this.#main): Promise<Connection> {
    this.#assertOpen()
    try {
      return await pool.get(broker)
    } catch (error) {
      throw connectionFailure(error, [`${broker.host}:${broker.port}`])
    }
  }

  /** A connection to any broker: those known by now first, for the bootstrap servers may be gone for good. */
  async anyConnection(): Promise<Connection> {
    this.#assertOpen()
    const known = [...this.#brokers.values()]
    const candidates = [
      ...known.filter((broker) => this.#main.getEstablishedConnection(broker)?.isConnected()),
      ...this.#bootstrap,
      ...known,
    ]
    try {
      return await this.#main.getFirstAvailable(candidates)
    } catch (error) {
      throw connectionFailure(error, this.settings.bootstrapServers)
    }
  }

  /** Cuts every connection at once: whatever waits for an answer is told so. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#pools].map(closePool))
  }

  #assertOpen(): void {
    if (this.#closed) throw new KafkaConfigError('CLOSED', 'This client is closed')
  }
}

function described(
  topic: string,
  partition: {
    readonly partitionIndex: number
    readonly leaderId: number
    readonly replicaNodes: readonly number[]
    readonly isrNodes: readonly number[]
  },
): DescribedPartition {
  const { partitionIndex, leaderId: leader, replicaNodes: replicas, isrNodes: inSync } = partition
  return { topic, partition: partitionIndex, leader, replicas, inSync, logStart: undefined, head: undefined }
}

async function closePool(pool: ConnectionPool): Promise<void> {
  // A graceful close waits for the socket's end, which a dead peer never sends.
  for (const [, connection] of pool) connection.socket?.destroy()
  await pool.close().catch(() => undefined)
}

function parseAddress(address: string): Broker {
  const colon = address.lastIndexOf(':')
  if (colon < 0) return { host: address, port: 9092 }
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) }
}

function connectionOptions(settings: ConnectionSettings): ConnectionOptions {
  return {
    connectTimeout: settings.connectTimeoutMs,
    // Limits are set per request (see request.ts): a JoinGroup may rightly take minutes, a heartbeat may not.
    requestTimeout: 0x7fffffff,
    maxInflights: 5,
    ...(settings.tls && { tls: settings.tls, tlsServerName: settings.tlsServerName }),
    ...(settings.sasl && { sasl: { ...settings.sasl } }),
  }
}
