import type { GroupState } from '@stocker/alerting'
import { createGroupStates } from '@stocker/alerting'
import type { KafkaConfig } from '@stocker/kafka-config'
import type { ClusterSample, ConsumerGroupSample } from '@stocker/kafka-config/monitor'
import { createClusterMonitor } from '@stocker/kafka-config/monitor'
import type { BackgroundWork, Logger } from '@stocker/service-kit'
import type { CallService } from '../service-calls.ts'
import type { WatchedService } from '../watched-services.ts'
import type { LagPoint } from './lag-history.ts'
import { createLagHistory } from './lag-history.ts'
import type { KnownListener } from './listener-poll.ts'
import { askListeners, inFlightOf } from './listener-poll.ts'
import type { MonitorConfig } from './monitor-settings.ts'

const HISTORY_MS = 600_000
const REWIND_EXPECTED_MS = 600_000

/** One group, with all that the console knows of it. */
export interface WatchedGroup {
  readonly sample: ConsumerGroupSample
  readonly state: GroupState
  /** The service of the platform that reads with it. */
  readonly service: WatchedService | undefined
  readonly listener: KnownListener | undefined
  /** Of the last 10 minutes, the oldest first. */
  readonly history: readonly LagPoint[]
}

/** Follows the cluster and its consumer groups. One for the whole console: pages, metrics and alerts see the same. */
export interface ConsumerWatch extends BackgroundWork {
  /** What was seen last. */
  readonly latest: ClusterSample
  /** Brokers that there should be. */
  readonly expectedBrokers: number
  groups(): readonly WatchedGroup[]
  group(name: string): WatchedGroup | undefined
  /** Looks now. */
  look(): Promise<void>
  /** Called after each look. Returns the function that ends it. */
  onLook(listener: () => void): () => void
  /** Its offsets are about to be set back on purpose: for 10 minutes that is no alarm. */
  expectRewind(group: string): void
}

export interface ConsumerWatchParts {
  readonly kafka: KafkaConfig
  readonly config: MonitorConfig
  readonly services: readonly WatchedService[]
  readonly call: CallService
  readonly logger: Logger
}

export function createConsumerWatch({ kafka, config, services, call, logger }: ConsumerWatchParts): ConsumerWatch {
  const { enabled, intervalMs, maxRecordReads } = config
  const monitor = createClusterMonitor(kafka, { intervalMs, maxRecordReads, logger })
  const states = createGroupStates()
  const history = createLagHistory(Math.ceil(HISTORY_MS / intervalMs))
  const listeners = new Set<() => void>()
  const serviceOf = new Map(services.map((service) => [service.consumerGroup, service]))
  let known: ReadonlyMap<string, KnownListener> = new Map()
  let stateOf: ReadonlyMap<string, GroupState> = new Map()
  let mostBrokers = 0

  monitor.onSample((sample) => {
    mostBrokers = Math.max(mostBrokers, sample.brokers.length)
    history.add(sample)
    // A cluster that does not answer says nothing about its groups.
    if (sample.brokers.length > 0) states.sample(groupSampleOf(sample, known))
    stateOf = new Map(states.states(Date.now()).map((state) => [state.group, state]))
    for (const listener of listeners) listener()
  })

  const askAround = async (): Promise<void> => {
    known = await askListeners(services, call)
  }
  // What they have in hand is asked for before a look, so that the look can say it.
  let timer: NodeJS.Timeout | undefined
  let asking: Promise<void> = Promise.resolve()

  const watchedOf = (sample: ConsumerGroupSample): WatchedGroup => ({
    sample,
    state: stateOf.get(sample.group) ?? { group: sample.group, status: 'ok', detail: '' },
    service: serviceOf.get(sample.group) ?? services.find(({ name }) => name === known.get(sample.group)?.service),
    listener: known.get(sample.group),
    history: history.of(sample.group),
  })

  return {
    start: () => {
      if (!enabled) return
      asking = askAround()
      timer = setInterval(() => {
        asking = askAround()
      }, intervalMs).unref()
      monitor.start()
    },
    stop: async () => {
      clearInterval(timer)
      await monitor.stop()
      await asking
    },
    get latest() {
      return monitor.latest
    },
    get expectedBrokers() {
      return config.expectedBrokers ?? mostBrokers
    },
    groups: () => monitor.latest.groups.map(watchedOf),
    group: (name) => {
      const sample = monitor.latest.groups.find(({ group }) => group === name)
      return sample && watchedOf(sample)
    },
    look: async () => {
      await askAround()
      await monitor.sample()
    },
    onLook: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    expectRewind: (group) => states.expectRewind(group, Date.now() + REWIND_EXPECTED_MS),
  }
}

/** Partitions that the members left behind are nobody's to judge. */
function groupSampleOf({ atMs, groups }: ClusterSample, known: ReadonlyMap<string, KnownListener>) {
  return {
    atMs,
    groups: groups.map(({ group, state, members, partitions }) => ({
      group,
      state,
      members: members.length,
      partitions: partitions.filter(({ lag, lagSeconds }) => lag === 0n || lagSeconds !== undefined),
    })),
    inFlight: inFlightOf(known),
  }
}
