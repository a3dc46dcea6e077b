import { TopicReader } from '@stocker/kafka-config'
import type { BackgroundWork } from '@stocker/service-kit'
import type { FastifyRequest } from 'fastify'
import type { ConsoleParts } from '../feature.ts'
import { MessageSearch } from './message-search.ts'
import type { MessageMask } from './message-view.ts'
import { UNMASKED } from './message-view.ts'
import type { ListedTopic } from './topic-list.ts'
import { readTopicList } from './topic-list.ts'

/** What the routes and pages of the messages stand on. */
export interface MessageDesk {
  readonly search: MessageSearch
  readonly topics: () => Promise<readonly ListedTopic[]>
  /** What whoever asks may see of a record. */
  readonly mask: (request: FastifyRequest) => MessageMask
  readonly work: BackgroundWork
}

export function createMessageDesk({ kafka }: Pick<ConsoleParts, 'kafka'>): MessageDesk {
  const reader = new TopicReader(kafka)
  return {
    search: new MessageSearch(reader),
    topics: () => readTopicList(kafka, reader),
    mask: () => UNMASKED,
    work: { start: () => undefined, stop: () => reader.close() },
  }
}
