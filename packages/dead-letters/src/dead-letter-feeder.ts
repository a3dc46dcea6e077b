import type { KafkaConfig, ListenerContainer, Logger } from '@stocker/kafka-config'
import { KafkaConsumerConfig, listTopics } from '@stocker/kafka-config'
import type { DeadLetterIntake, IntakeReport } from './dead-letter-intake.ts'
import { readFailedRecord } from './failed-record.ts'

export interface DeadLetterFeederOptions {
  readonly kafka: KafkaConfig
  readonly intake: DeadLetterIntake
  readonly logger: Logger
  /** Consumer group. Default: spring.kafka.consumer.group-id. */
  readonly groupId?: string
  /** Endings of the topics that hold dead letters. Default `-dlt` and `.DLT`, Spring's. */
  readonly suffixes?: readonly string[]
  /** How often it looks for new topics. Milliseconds, default 5,000. */
  readonly discoveryMs?: number
  /** Told after records were stored, before their offsets are committed. */
  readonly onTaken?: (report: IntakeReport) => void
}

export const FEEDER_DEFAULTS = { suffixes: ['-dlt', '.DLT'], discoveryMs: 5_000 } as const

/** Dead-letter topics → store. Reads every topic with one of the endings, those that are created later too. */
export class DeadLetterFeeder {
  readonly #options: DeadLetterFeederOptions & typeof FEEDER_DEFAULTS
  readonly #consumers: KafkaConsumerConfig
  #topics: readonly string[] = []
  #container: ListenerContainer | undefined
  #stopping = new AbortController()
  #watching: Promise<void> | undefined

  constructor(options: DeadLetterFeederOptions) {
    this.#options = { ...FEEDER_DEFAULTS, ...options } as DeadLetterFeederOptions & typeof FEEDER_DEFAULTS
    this.#consumers = new KafkaConsumerConfig(options.kafka)
  }

  start(): void {
    this.#stopping = new AbortController()
    this.#watching ??= this.#watch()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#watching
    this.#watching = undefined
    await this.#container?.stop()
    this.#container = undefined
    this.#topics = []
  }

  /** One line for people, and whether all is well. Without a topic there is nothing to read. */
  health(): { readonly up: boolean; readonly detail: string } {
    if (this.#container === undefined) return { up: true, detail: 'there is no dead-letter topic yet' }
    const { up, detail } = this.#container.health()
    return { up, detail }
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await this.#follow().catch((error: unknown) =>
        this.#options.logger.warn({ err: error }, 'dead-letter topics cannot be looked for at the moment'),
      )
      await pause(this.#options.discoveryMs, signal)
    }
  }

  /** A group learns of further topics when its member comes back with them. */
  async #follow(): Promise<void> {
    const { kafka, suffixes, logger } = this.#options
    const found = (await listTopics(kafka)).filter((topic) => suffixes.some((suffix) => topic.endsWith(suffix)))
    if (found.every((topic) => this.#topics.includes(topic)) || this.#stopping.signal.aborted) return
    await this.#container?.stop()
    this.#topics = [...new Set([...this.#topics, ...found])]
    logger.info({ topics: found }, 'reading dead letters')
    this.#container = this.#listen(this.#topics)
    await this.#container.start()
  }

  #listen(topics: readonly string[]): ListenerContainer {
    const { intake, groupId, logger, onTaken } = this.#options
    return this.#consumers.createListenerContainer({
      topics,
      logger,
      retryTopics: false,
      ...(groupId !== undefined && { groupId }),
      listener: async (records) => {
        const report = await intake.take(records.map(readFailedRecord))
        const { arrived, failedAgain } = report
        if (arrived + failedAgain > 0) logger.info({ arrived, failedAgain }, 'dead letters')
        onTaken?.(report)
      },
    })
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
