import { TOPIC_NAMES, TOPICS } from '@stocker/contracts'
import type { KafkaConfig, TopicReader } from '@stocker/kafka-config'
import { topicSizes } from '@stocker/kafka-config'
import type { ConsumerGroupSample } from '@stocker/kafka-config/monitor'

export interface ListedTopic {
  readonly name: string
  readonly partitions: number
  /** Between the first and the last offset of each partition. */
  readonly records: number
  /** On the disks of the brokers, all replicas; left out where a broker did not tell. */
  readonly bytes?: number
  /** The service that writes to it, by the contracts. */
  readonly owner?: string
  readonly description?: string
  /** Groups that read it, by name. */
  readonly readers: readonly TopicReaderGroup[]
}

export interface TopicReaderGroup {
  readonly group: string
  /** Records of this topic that wait for it. */
  readonly lag: number
}

export interface TopicList {
  /** Those of the contracts first, the others by name; without the broker's own. */
  readonly topics: readonly ListedTopic[]
  /** Why there are no sizes; empty when there are. */
  readonly sizeProblems: readonly string[]
}

/** @throws KafkaConfigError */
export async function readTopicList(
  kafka: KafkaConfig,
  reader: TopicReader,
  groups: readonly ConsumerGroupSample[],
): Promise<TopicList> {
  const sizes = await topicSizes(kafka)
  const sizesAreWhole = sizes.problems.length === 0
  const byTopic = Map.groupBy(await reader.offsets([...sizes.bytes.keys()]), ({ topic }) => topic)
  const rank = (name: string): number => {
    const index = (TOPIC_NAMES as readonly string[]).indexOf(name)
    return index < 0 ? TOPIC_NAMES.length : index
  }
  const topics = [...sizes.bytes]
    .map(([name, bytes]): ListedTopic => {
      const offsets = byTopic.get(name) ?? []
      const contract = TOPIC_NAMES.find((known) => known === name)
      return {
        name,
        partitions: offsets.length,
        records: offsets.reduce((sum, { first, end }) => sum + Number(end - first), 0),
        readers: readersOf(name, groups),
        ...(sizesAreWhole && { bytes: Number(bytes) }),
        ...(contract && { owner: TOPICS[contract].owner, description: TOPICS[contract].description }),
      }
    })
    .sort((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name))
  return { topics, sizeProblems: sizes.problems }
}

function readersOf(topic: string, groups: readonly ConsumerGroupSample[]): readonly TopicReaderGroup[] {
  return groups.flatMap(({ group, partitions }) => {
    const read = partitions.filter((each) => each.topic === topic)
    return read.length === 0 ? [] : [{ group, lag: read.reduce((sum, { lag }) => sum + Number(lag), 0) }]
  })
}
