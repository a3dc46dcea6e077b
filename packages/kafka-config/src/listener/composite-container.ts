import type { ConsumerSettings } from '../config/settings.ts'
import type { ListenerContainerOptions } from './container-options.ts'
import type {
  BatchInHand,
  ContainerHealth,
  ContainerState,
  FailingRecord,
  ListenerContainer,
  ParkedPartition,
  PartitionLag,
  RetryNow,
  TopicPartition,
} from './listener-types.ts'

/** Worst first: what one of several does that most needs attention is what they do together. */
const BY_URGENCY: readonly ContainerState[] = [
  'failed',
  'circuit-open',
  'backing-off',
  'stopping',
  'starting',
  'rebalancing',
  'paused',
  'running',
  'stopped',
]

/**
 * spring.kafka.listener.concurrency: n members of the group in this process, so that the batches of different partitions are handled at the same time.
 * As in Spring, client.id gets the suffix -0 … -(n-1), group.instance.id -1 … -n.
 */
export function createConcurrentContainer(
  concurrency: number,
  settings: ConsumerSettings,
  options: ListenerContainerOptions,
  create: (settings: ConsumerSettings, options: ListenerContainerOptions) => ListenerContainer,
): ListenerContainer {
  const instanceId = options.groupInstanceId ?? settings.groupInstanceId
  const members = Array.from({ length: concurrency }, (_, index) =>
    create(
      { ...settings, connection: { ...settings.connection, clientId: `${settings.connection.clientId}-${index}` } },
      instanceId === undefined ? options : { ...options, groupInstanceId: `${instanceId}-${index + 1}` },
    ),
  )
  return new CompositeListenerContainer(members)
}

/** Several containers as one: what it does is what the one does that most needs attention. `groupId` is the first one's. */
export class CompositeListenerContainer implements ListenerContainer {
  readonly #members: readonly ListenerContainer[]

  constructor(members: readonly ListenerContainer[]) {
    this.#members = members
  }

  get groupId(): string {
    return this.#members[0]?.groupId ?? ''
  }

  get state(): ContainerState {
    const states = new Set(this.#members.map((member) => member.state))
    return BY_URGENCY.find((state) => states.has(state)) ?? 'stopped'
  }

  get assignments(): readonly TopicPartition[] {
    return this.#members.flatMap((member) => member.assignments)
  }

  async start(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.start()))
  }

  async stop(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.stop()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  pause(partitions?: readonly TopicPartition[]): void {
    for (const member of this.#members) member.pause(partitions)
  }

  resume(partitions?: readonly TopicPartition[]): void {
    for (const member of this.#members) member.resume(partitions)
  }

  health(): ContainerHealth {
    const healths = this.#members.map((member) => member.health())
    const worst = healths.find(({ up }) => !up) ?? healths.find(({ state }) => state === this.state)
    const progress = healths.flatMap(({ lastProgressAt }) => lastProgressAt ?? [])
    const circuit = healths.find((each) => each.circuit.state !== 'closed')?.circuit ?? { state: 'closed' }
    return {
      up: healths.every(({ up }) => up),
      live: healths.every(({ live }) => live),
      state: this.state,
      detail: worst?.detail ?? '',
      lastProgressAt: progress.length === 0 ? undefined : Math.max(...progress),
      lastError: worst?.lastError,
      assignments: this.assignments.length,
      circuit,
    }
  }

  parked(): readonly ParkedPartition[] {
    return this.#members.flatMap((member) => member.parked())
  }

  retryNow(key: string, topic?: string): RetryNow {
    const answers = this.#members.map((member) => member.retryNow(key, topic))
    return answers.find((answer) => answer === 'due') ?? answers.find((answer) => answer === 'under-way') ?? 'unknown'
  }

  inHand(): readonly BatchInHand[] {
    return this.#members.flatMap((member) => member.inHand())
  }

  failing(): readonly FailingRecord[] {
    return this.#members.flatMap((member) => member.failing()).sort((a, b) => b.attempts - a.attempts)
  }

  async lag(): Promise<readonly PartitionLag[]> {
    return (await Promise.all(this.#members.map((member) => member.lag()))).flat()
  }

  on: ListenerContainer['on'] = (event, listener) => {
    for (const member of this.#members) member.on(event, listener)
  }

  off: ListenerContainer['off'] = (event, listener) => {
    for (const member of this.#members) member.off(event, listener)
  }
}
