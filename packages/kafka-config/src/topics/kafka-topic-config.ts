import { Cluster } from '../client/cluster.ts'
import { reason } from '../client/failure.ts'
import type { Logger } from '../client/logger.ts'
import { silentLogger } from '../client/logger.ts'
import { backOffDelay, pause } from '../client/wait.ts'
import type { KafkaConfig } from '../config/kafka-config.ts'
import type { AdminSettings } from '../config/settings.ts'
import { KafkaConfigError } from '../errors.ts'
import { alterConfigs, createTopics, describeDeclared, increasePartitions } from './topic-admin.ts'
import type { TopicDeclaration, TopicDifference, TopicReport } from './topic-declaration.ts'

const RETRY = { initialMs: 500, maxMs: 10_000, multiplier: 2 }
const VISIBLE = { initialMs: 10, maxMs: 500, multiplier: 2 }
const NOTHING: TopicReport = { created: [], increased: [], altered: [], differences: [], pending: false }

/**
 * Declares topics by the rules of Spring's KafkaAdmin: what is missing is created, partitions are only ever increased, settings are altered
 * only with spring.kafka.admin.modify-topic-configs=true, replication never. What exists otherwise than declared is reported and left.
 */
export class KafkaTopicConfig {
  readonly #settings: AdminSettings
  readonly #topics: readonly TopicDeclaration[]
  readonly #logger: Logger
  readonly #closing = new AbortController()
  #trying: Promise<void> | undefined

  constructor(config: KafkaConfig, topics: readonly TopicDeclaration[], options: { readonly logger?: Logger } = {}) {
    for (const { name, partitions } of topics) {
      if (partitions !== undefined && !(Number.isInteger(partitions) && partitions > 0)) {
        throw new KafkaConfigError(
          'INVALID_VALUE',
          `Topic ${name} is declared with ${partitions} partitions; at least 1 is needed`,
        )
      }
    }
    this.#settings = config.admin
    this.#topics = topics
    this.#logger = options.logger ?? silentLogger
  }

  /**
   * With an unreachable broker it reports `pending` and goes on trying until it succeeds or `close` is called; with
   * spring.kafka.admin.fail-fast=true it rejects. With spring.kafka.admin.auto-create=false it does nothing.
   * @throws KafkaConfigError TOPIC_CONFLICT, AUTHORIZATION_FAILED, AUTHENTICATION_FAILED; BROKER_UNREACHABLE only with fail-fast
   */
  async ensureTopics(): Promise<TopicReport> {
    if (!this.#settings.autoCreate || this.#topics.length === 0) return NOTHING
    try {
      return await this.#ensure()
    } catch (error) {
      if (this.#settings.failFast || (error instanceof KafkaConfigError && !error.retryable)) throw error
      this.#logger.warn({ error: reason(error) }, 'topics are not checked yet: the broker does not answer; trying on')
      this.#trying ??= this.#tryOn()
      return { ...NOTHING, pending: true }
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#trying
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #tryOn(): Promise<void> {
    const { signal } = this.#closing
    for (let attempt = 1; ; attempt++) {
      await pause(backOffDelay(RETRY, attempt), signal)
      if (signal.aborted) return
      try {
        await this.#ensure()
        return
      } catch (error) {
        if (error instanceof KafkaConfigError && !error.retryable) {
          this.#logger.error({ code: error.code }, `topics are not as declared: ${error.message}`)
          return
        }
      }
    }
  }

  async #ensure(): Promise<TopicReport> {
    const cluster = new Cluster(this.#settings.connection)
    try {
      const { own = [], following = [] } = Object.groupBy(this.#topics, ({ partitionsOf }) =>
        partitionsOf === undefined ? 'own' : 'following',
      )
      const report = await this.#bring(cluster, own)
      const followed = await this.#bring(cluster, await counted(cluster, following))
      const together: TopicReport = {
        created: [...report.created, ...followed.created],
        increased: [...report.increased, ...followed.increased],
        altered: [...report.altered, ...followed.altered],
        differences: [...report.differences, ...followed.differences],
        pending: false,
      }
      this.#log(together)
      return together
    } finally {
      await cluster.close()
    }
  }

  async #bring(cluster: Cluster, topics: readonly TopicDeclaration[]): Promise<TopicReport> {
    if (topics.length === 0) return NOTHING
    const { operationTimeoutMs } = this.#settings
    const names = topics.map(({ name }) => name)
    // Spring takes every failure to describe a topic for its absence, a missing right too: creating it then says what is wrong.
    const { missing, forbidden } = await cluster.refresh(names)
    const absent = new Set([...missing, ...forbidden])
    const controller = await cluster.controllerConnection()
    const toCreate = topics.filter(({ name }) => absent.has(name))
    const created = toCreate.length > 0 ? await createTopics(controller, operationTimeoutMs, toCreate) : []
    if (toCreate.length > 0) await this.#visible(cluster, names)
    const existing = topics.filter(({ name }) => !created.includes(name) && cluster.layout(name) !== undefined)

    const differences: TopicDifference[] = []
    const increases = new Map<string, number>()
    for (const { name, partitions } of existing) {
      const actual = cluster.layout(name)?.leaders.length ?? 0
      if (partitions === undefined || partitions === actual) continue
      if (partitions > actual) increases.set(name, partitions)
      else differences.push({ topic: name, what: 'partitions', declared: String(partitions), actual: String(actual) })
    }
    const increased = increases.size > 0 ? await increasePartitions(controller, operationTimeoutMs, increases) : []
    const altered = await this.#configs(cluster, existing, differences)
    return { created, increased, altered, differences, pending: false }
  }

  /** Until the broker shows what was just created, by this process or another: it learns of it a moment after the controller. */
  async #visible(cluster: Cluster, names: readonly string[]): Promise<void> {
    const until = Date.now() + this.#settings.operationTimeoutMs
    for (let attempt = 1; Date.now() < until && !this.#closing.signal.aborted; attempt++) {
      await cluster.refresh(names)
      if (names.every((name) => cluster.layout(name)?.leaders.every((leader) => leader >= 0))) return
      await pause(backOffDelay(VISIBLE, attempt), this.#closing.signal)
    }
  }

  async #configs(
    cluster: Cluster,
    existing: readonly TopicDeclaration[],
    differences: TopicDifference[],
  ): Promise<string[]> {
    const declaring = existing.filter(({ configs }) => Object.keys(configs ?? {}).length > 0)
    if (declaring.length === 0) return []
    const controller = await cluster.controllerConnection()
    const { operationTimeoutMs, modifyTopicConfigs } = this.#settings
    const described = await describeDeclared(controller, operationTimeoutMs, declaring)
    const changes = new Map<string, Map<string, string>>()
    for (const { name, configs } of declaring) {
      for (const [key, declared] of Object.entries(configs ?? {})) {
        const actual = described.get(name)?.get(key) ?? ''
        if (actual === declared) continue
        if (!modifyTopicConfigs) {
          differences.push({ topic: name, what: key, declared, actual })
          continue
        }
        const ofTopic = changes.get(name) ?? new Map<string, string>()
        changes.set(name, ofTopic.set(key, declared))
      }
    }
    if (changes.size > 0) await alterConfigs(controller, operationTimeoutMs, changes)
    return [...changes.keys()]
  }

  #log({ created, increased, altered, differences }: TopicReport): void {
    if (created.length + increased.length + altered.length > 0) {
      this.#logger.info({ created, increased, altered }, 'topics brought to their declaration')
    }
    for (const difference of differences) {
      this.#logger.info(
        difference,
        `topic ${difference.topic} exists with other ${difference.what} than declared; left as it is`,
      )
    }
  }
}

/** With the partition counts of the topics that they follow. @throws KafkaConfigError MISSING_TOPICS, to be tried again */
async function counted(cluster: Cluster, topics: readonly TopicDeclaration[]): Promise<readonly TopicDeclaration[]> {
  const followed = [...new Set(topics.flatMap(({ partitionsOf }) => partitionsOf ?? []))]
  if (followed.length === 0) return []
  await cluster.refresh(followed)
  return topics.map((topic) => {
    const partitions = cluster.layout(topic.partitionsOf ?? '')?.leaders.length
    if (partitions !== undefined) return { ...topic, partitions }
    throw new KafkaConfigError(
      'MISSING_TOPICS',
      `Topic ${topic.name} is to have as many partitions as ${topic.partitionsOf}, which does not exist yet`,
    )
  })
}
