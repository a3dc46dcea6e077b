import type { KafkaConfig, TopicPartition } from '@stocker/kafka-config'
import type { PlannedReset, ResetTarget } from '@stocker/kafka-config/monitor'
import { planReset, resetOffsets } from '@stocker/kafka-config/monitor'
import type { ListenerView } from '@stocker/service-kit'
import type { Viewer } from '../access/roles.ts'
import type { ActionLog } from '../audit/action-log.ts'
import type { CallService } from '../service-calls.ts'
import type { ConsumerWatch, WatchedGroup } from './consumer-watch.ts'
import { consumerProblems, fromCluster } from './problems.ts'

/** A batch may be in hand, which is finished first. */
const STOP_TIMEOUT_MS = 60_000

export interface Order {
  readonly viewer: Viewer
  readonly reason: string
}

export interface ResetOrder {
  /** Default: all topics that the group reads. */
  readonly topic?: string | undefined
  /** Default: all partitions. */
  readonly partition?: number | undefined
  readonly target: ResetTarget
}

/** What operators do to consumer groups. Each of it is in the audit. */
export class ConsumerActions {
  readonly #kafka: KafkaConfig
  readonly #watch: ConsumerWatch
  readonly #call: CallService
  readonly #actions: ActionLog

  constructor(parts: {
    readonly kafka: KafkaConfig
    readonly watch: ConsumerWatch
    readonly call: CallService
    readonly actions: ActionLog
  }) {
    this.#kafka = parts.kafka
    this.#watch = parts.watch
    this.#call = parts.call
    this.#actions = parts.actions
  }

  find(group: string): WatchedGroup {
    const found = this.#watch.group(group)
    if (found === undefined) throw consumerProblems('GROUP_NOT_FOUND', `The cluster has no consumer group ${group}.`)
    return found
  }

  /** The listener leaves its group or joins it again. What it does afterwards. */
  async turn(step: 'stop' | 'start', group: string, { viewer, reason }: Order): Promise<WatchedGroup> {
    const { service, listener } = this.find(group)
    if (service === undefined) {
      throw consumerProblems('GROUP_NOT_OURS', `No service that the console watches reads with group ${group}.`)
    }
    const entry = {
      viewer,
      action: step === 'stop' ? 'stop listener' : 'start listener',
      target: `group:${group}`,
      reason,
      before: { state: listener?.listener?.state ?? null },
    }
    await this.#actions.perform(
      entry,
      () => this.#call<ListenerView>(service, `/ops/listener/${step}`, { method: 'POST', timeoutMs: STOP_TIMEOUT_MS }),
      ({ state }) => ({ after: { state } }),
    )
    await this.#watch.look()
    return this.find(group)
  }

  /** What a reset would do. */
  async plan(group: string, { topic, partition, target }: ResetOrder): Promise<readonly PlannedReset[]> {
    const { sample } = this.find(group)
    const partitions: TopicPartition[] = sample.partitions
      .filter((each) => (topic ?? each.topic) === each.topic && (partition ?? each.partition) === each.partition)
      .map((each) => ({ topic: each.topic, partition: each.partition }))
    if (partitions.length === 0) {
      const named = [topic ?? 'any topic', ...(partition === undefined ? [] : [`partition ${partition}`])].join(', ')
      throw consumerProblems('NOTHING_TO_RESET', `Group ${group} reads nothing of ${named}.`)
    }
    return fromCluster(group, () => planReset(this.#kafka, group, partitions, target, Date.now()))
  }

  /** Sets the offsets as planned, if nobody is in the group. */
  async reset(group: string, order: ResetOrder, { viewer, reason }: Order): Promise<readonly PlannedReset[]> {
    await this.#watch.look()
    const { sample } = this.find(group)
    if (sample.members.length > 0) {
      const names = [...new Set(sample.members.map(({ clientId, host }) => `${clientId} on ${host}`))].join(', ')
      throw consumerProblems('GROUP_HAS_MEMBERS', `Group ${group} has ${sample.members.length} members: ${names}.`)
    }
    const plan = await this.plan(group, order)
    this.#watch.expectRewind(group)
    const offsets = (which: 'before' | 'after') =>
      Object.fromEntries(plan.map((each) => [`${each.topic}-${each.partition}`, String(each[which] ?? 'none')]))
    const entry = {
      viewer,
      action: 'reset offsets',
      target: `group:${group}`,
      reason,
      before: offsets('before'),
      after: offsets('after'),
    }
    await this.#actions.perform(entry, () => fromCluster(group, () => resetOffsets(this.#kafka, group, plan)))
    await this.#watch.look()
    return plan
  }
}
