import { Cluster } from '../client/cluster.ts'
import { reason } from '../client/failure.ts'
import type { Logger } from '../client/logger.ts'
import { silentLogger } from '../client/logger.ts'
import type { KafkaConfig } from '../config/kafka-config.ts'
import type { ClusterSample } from './cluster-sample.ts'
import { EMPTY_SAMPLE } from './cluster-sample.ts'
import { LastAssignments } from './last-assignments.ts'
import { RecordTimes } from './record-times.ts'
import { sampleCluster } from './sample-cluster.ts'

export interface ClusterMonitorOptions {
  /** Time between the beginnings of two looks; a look that takes longer delays the next. Milliseconds, default 5,000. */
  readonly intervalMs?: number
  /** How long a broker may take for an answer before it counts as away. Milliseconds, default 5,000. */
  readonly timeoutMs?: number
  /** Records whose time is read in one look at most; each costs up to 16 KiB of traffic. Default 500. */
  readonly maxRecordReads?: number
  readonly logger?: Logger
}

export const CLUSTER_MONITOR_DEFAULTS = { intervalMs: 5_000, timeoutMs: 5_000, maxRecordReads: 500 } as const

export interface ClusterMonitor {
  start(): void
  stop(): Promise<void>
  /** A look that begins after the call. Never rejects: a cluster that is away is a sample without brokers. */
  sample(): Promise<ClusterSample>
  /** What was seen last; without brokers before the first look. */
  readonly latest: ClusterSample
  /** Called after each look. Returns the function that ends it. */
  onSample(listener: (sample: ClusterSample) => void): () => void
}

/**
 * Watches brokers, topics and all consumer groups of a cluster, as a client beside them. A look costs a request for the topics, three for the groups of
 * each broker and two or three for the partitions that it leads.
 */
export function createClusterMonitor({ admin }: KafkaConfig, options: ClusterMonitorOptions = {}): ClusterMonitor {
  const { intervalMs, timeoutMs, maxRecordReads } = { ...CLUSTER_MONITOR_DEFAULTS, ...options }
  const logger = options.logger ?? silentLogger
  const settings = {
    ...admin.connection,
    connectTimeoutMs: Math.min(admin.connection.connectTimeoutMs, timeoutMs),
    requestTimeoutMs: Math.min(admin.connection.requestTimeoutMs, timeoutMs),
  }
  const memory = {
    times: new RecordTimes({ maxReads: maxRecordReads, timeoutMs: settings.requestTimeoutMs }),
    assignments: new LastAssignments(),
  }
  const listeners = new Set<(sample: ClusterSample) => void>()
  let cluster: Cluster | undefined
  let latest = EMPTY_SAMPLE
  let away = false
  let looking: Promise<ClusterSample> | undefined
  let next: Promise<ClusterSample> | undefined
  let timer: NodeJS.Timeout | undefined
  let running = false

  const look = async (): Promise<ClusterSample> => {
    const asked = cluster ?? new Cluster(settings)
    cluster = asked
    try {
      latest = await sampleCluster(asked, memory, settings.requestTimeoutMs)
      if (away) logger.info({}, 'the cluster answers again')
      away = false
    } catch (error) {
      // Cut off by `stop`: nobody wants to know any more.
      if (cluster !== asked) return latest
      latest = { ...EMPTY_SAMPLE, atMs: Date.now(), problems: [reason(error)] }
      if (!away) logger.warn({ reason: reason(error) }, 'the cluster does not answer; trying on')
      away = true
      await asked.close()
      if (cluster === asked) cluster = undefined
    }
    for (const listener of listeners) listener(latest)
    return latest
  }

  // A look that is under way may be older than what its caller has just done.
  const sample = (): Promise<ClusterSample> => {
    if (looking === undefined) return begin()
    next ??= looking.then(() => {
      next = undefined
      return begin()
    })
    return next
  }
  const begin = (): Promise<ClusterSample> => {
    looking = look().finally(() => {
      looking = undefined
    })
    return looking
  }

  const goOn = async (): Promise<void> => {
    const begun = performance.now()
    await sample()
    if (!running) return
    timer = setTimeout(() => void goOn(), Math.max(0, intervalMs - (performance.now() - begun)))
  }

  return {
    start: () => {
      if (running) return
      running = true
      void goOn()
    },
    stop: async () => {
      running = false
      clearTimeout(timer)
      const open = cluster
      cluster = undefined
      await open?.close()
      await looking
      await next
    },
    sample,
    get latest() {
      return latest
    },
    onSample: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
