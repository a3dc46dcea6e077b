import { TopicReader } from '@stocker/kafka-config'
import type { BackgroundWork } from '@stocker/service-kit'
import type { FastifyRequest } from 'fastify'
import { maskerFor, maskerOf } from '../access/masking.ts'
import type { Viewer } from '../access/roles.ts'
import type { ConsoleParts } from '../feature.ts'
import { readCase } from './chain/read-case.ts'
import type { KafkaMessage } from './kafka-message.ts'
import { messageMask } from './message-mask.ts'
import { MessageSearch } from './message-search.ts'
import type { MessageMask } from './message-view.ts'
import type { ListedTopic } from './topic-list.ts'
import { readTopicList } from './topic-list.ts'

export interface MessagePlace {
  readonly topic: string
  readonly partition: number
  readonly offset: string
}

/** What the routes and pages of the messages stand on. */
export interface MessageDesk {
  readonly search: MessageSearch
  readonly topics: () => Promise<readonly ListedTopic[]>
  /** What somebody sees of records in lists and tails. */
  readonly listMask: (viewer: Viewer) => MessageMask
  /** What whoever asks sees of one record: all of it, if they gave a reason. */
  readonly maskOf: (request: FastifyRequest, place: MessagePlace) => MessageMask
  /** Other records of the order or cart that a record belongs to, near it in time. */
  readonly caseOf: (message: KafkaMessage) => Promise<readonly KafkaMessage[]>
  readonly work: BackgroundWork
}

export function createMessageDesk({ kafka }: Pick<ConsoleParts, 'kafka'>): MessageDesk {
  const reader = new TopicReader(kafka)
  return {
    search: new MessageSearch(reader),
    topics: () => readTopicList(kafka, reader),
    listMask: ({ role }) => messageMask(maskerOf(role)),
    maskOf: (request, { topic, partition, offset }) =>
      messageMask(maskerFor(request, `message:${topic}/${partition}/${offset}`)),
    caseOf: (message) => readCase(reader, message),
    work: { start: () => undefined, stop: () => reader.close() },
  }
}
