import { reason } from '../client/failure.ts'
import type { Logger } from '../client/logger.ts'
import type { KafkaConfig } from '../config/kafka-config.ts'
import { KafkaTopicConfig } from '../topics/kafka-topic-config.ts'
import type { TopicDeclaration } from '../topics/topic-declaration.ts'
import { CompositeListenerContainer } from './composite-container.ts'
import type { ListenerContainer } from './listener-types.ts'

/** Containers, and the topics that they need. */
export class ContainerWithTopics extends CompositeListenerContainer {
  readonly #config: KafkaConfig
  readonly #declarations: readonly TopicDeclaration[]
  readonly #logger: Logger
  #topics: KafkaTopicConfig | undefined

  constructor(
    config: KafkaConfig,
    topics: readonly TopicDeclaration[],
    logger: Logger,
    members: readonly ListenerContainer[],
  ) {
    super(members)
    this.#config = config
    this.#declarations = topics
    this.#logger = logger
  }

  override async start(): Promise<void> {
    if (!this.#topics) {
      this.#topics = new KafkaTopicConfig(this.#config, this.#declarations, { logger: this.#logger })
      // Not waited for: with the broker away that would take long. What fails before its topic exists waits for it.
      this.#topics.ensureTopics().catch((error: unknown) => {
        this.#logger.error({ groupId: this.groupId, err: error }, `topics cannot be created: ${reason(error)}`)
      })
    }
    await super.start()
  }

  override async stop(): Promise<void> {
    await super.stop()
    await this.#topics?.close()
    this.#topics = undefined
  }
}
