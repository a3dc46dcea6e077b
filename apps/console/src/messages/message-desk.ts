import type { KafkaSender, ProducerRecord, RecordMetadata } from '@stocker/kafka-config'
import { KafkaProducerConfig, TopicReader } from '@stocker/kafka-config'
import type { BackgroundWork } from '@stocker/service-kit'
import type { FastifyRequest } from 'fastify'
import { maskerFor, maskerOf } from '../access/masking.ts'
import type { Viewer } from '../access/roles.ts'
import type { ActionLog } from '../audit/action-log.ts'
import type { ConsoleParts } from '../feature.ts'
import { readCase } from './chain/read-case.ts'
import type { KafkaMessage } from './kafka-message.ts'
import { messageMask } from './message-mask.ts'
import { MessageSearch } from './message-search.ts'
import type { MessageMask } from './message-view.ts'
import type { TopicList } from './topic-list.ts'
import { readTopicList } from './topic-list.ts'

export interface MessagePlace {
  readonly topic: string
  readonly partition: number
  readonly offset: string
}

/** What the routes and pages of the messages stand on. */
export interface MessageDesk {
  readonly search: MessageSearch
  readonly topics: () => Promise<TopicList>
  /** What somebody sees of records in lists and tails. */
  readonly listMask: (viewer: Viewer) => MessageMask
  /** What whoever asks sees of one record: all of it, if they gave a reason. */
  readonly maskOf: (request: FastifyRequest, place: MessagePlace) => MessageMask
  /** Other records of the order or cart that a record belongs to, near it in time. */
  readonly caseOf: (message: KafkaMessage) => Promise<readonly KafkaMessage[]>
  readonly publisher: { send(record: ProducerRecord): Promise<RecordMetadata> }
  readonly actions: ActionLog
  readonly work: BackgroundWork
}

type DeskParts = Pick<ConsoleParts, 'kafka' | 'consumers' | 'actions' | 'logger'>

export function createMessageDesk({ kafka, consumers, actions, logger }: DeskParts): MessageDesk {
  const reader = new TopicReader(kafka)
  let sender: KafkaSender | undefined
  return {
    search: new MessageSearch(reader),
    topics: () => readTopicList(kafka, reader, consumers.latest.groups),
    listMask: ({ role }) => messageMask(maskerOf(role)),
    maskOf: (request, { topic, partition, offset }) =>
      messageMask(maskerFor(request, `message:${topic}/${partition}/${offset}`)),
    caseOf: (message) => readCase(reader, message),
    publisher: {
      send: (record) => {
        sender ??= new KafkaProducerConfig(kafka).createSender({ logger })
        return sender.send(record)
      },
    },
    actions,
    work: {
      start: () => undefined,
      stop: async () => {
        await Promise.all([reader.close(), sender?.close()])
      },
    },
  }
}
