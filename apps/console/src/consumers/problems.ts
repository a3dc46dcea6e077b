import { KafkaConfigError } from '@stocker/kafka-config'
import { defineProblems } from '@stocker/service-kit'

export const consumerProblems = defineProblems({
  GROUP_NOT_FOUND: {
    status: 404,
    title: 'There is no such consumer group',
    hint: 'GET /ops/api/consumers lists them.',
  },
  GROUP_NOT_OURS: {
    status: 409,
    title: 'The group belongs to no service that the console knows',
    hint: 'Stop and start its processes where they run.',
  },
  GROUP_HAS_MEMBERS: {
    status: 409,
    title: 'The offsets of a group can be set only while it has no members',
    hint: 'Stop its listeners first: POST /ops/api/consumers/{group}/stop for each service of the platform.',
  },
  TARGET_INCOMPLETE: { status: 422, title: 'It does not say where the group is to go on' },
  REASON_MISSING: { status: 422, title: 'A reset needs a reason' },
  NOTHING_TO_RESET: {
    status: 422,
    title: 'The group reads nothing of what was named',
    hint: 'GET /ops/api/consumers/{group} lists its partitions.',
  },
  BROKER_AWAY: { status: 503, title: 'The cluster does not answer' },
})

/** What the cluster refuses is answered as its problem. */
export async function fromCluster<T>(group: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof KafkaConfigError)) throw error
    if (error.code === 'GROUP_NOT_EMPTY') throw consumerProblems('GROUP_HAS_MEMBERS', error.message)
    throw consumerProblems('BROKER_AWAY', `${group}: ${error.message}`, { cause: error })
  }
}
