import type { Connection } from '@platformatic/kafka'
import { createPartitionsV3, createTopicsV7, describeConfigsV4, incrementalAlterConfigsV1 } from '@platformatic/kafka'
import { protocolFailure } from '../client/failure.ts'
import { PROTOCOL, protocolName } from '../client/protocol-codes.ts'
import { request } from '../client/request.ts'
import { KafkaConfigError } from '../errors.ts'
import type { TopicDeclaration } from './topic-declaration.ts'

const BROKER_DEFAULT = -1
const TOPIC_RESOURCE = 2
const SET = 0

/** The topics that this call created; those that somebody else created meanwhile are not among them. @throws KafkaConfigError */
export async function createTopics(
  connection: Connection,
  timeoutMs: number,
  topics: readonly TopicDeclaration[],
): Promise<string[]> {
  const wanted = topics.map(({ name, partitions, replicas, configs }) => ({
    name,
    numPartitions: partitions ?? BROKER_DEFAULT,
    replicationFactor: replicas ?? BROKER_DEFAULT,
    assignments: [],
    configs: Object.entries(configs ?? {}).map(([key, value]) => ({ name: key, value })),
  }))
  const response = await request(connection, timeoutMs, createTopicsV7.api, wanted, timeoutMs, false)
  const created: string[] = []
  for (const { name, errorCode, errorMessage } of response.topics) {
    if (errorCode === PROTOCOL.NONE) created.push(name)
    else if (errorCode !== PROTOCOL.TOPIC_ALREADY_EXISTS) throw refused('created', name, errorCode, errorMessage)
  }
  return created
}

/** @throws KafkaConfigError */
export async function increasePartitions(
  connection: Connection,
  timeoutMs: number,
  counts: ReadonlyMap<string, number>,
): Promise<string[]> {
  const wanted = [...counts].map(([name, count]) => ({ name, count, assignments: null }))
  const response = await request(connection, timeoutMs, createPartitionsV3.api, wanted, timeoutMs, false)
  const increased: string[] = []
  for (const { name, errorCode, errorMessage } of response.results) {
    if (errorCode === PROTOCOL.NONE) increased.push(name)
    // INVALID_PARTITIONS: another process was faster.
    else if (errorCode !== PROTOCOL.INVALID_PARTITIONS)
      throw refused('given more partitions', name, errorCode, errorMessage)
  }
  return increased
}

/** The present values of the settings that are declared. @throws KafkaConfigError when a declared setting does not exist */
export async function describeDeclared(
  connection: Connection,
  timeoutMs: number,
  topics: readonly TopicDeclaration[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const resources = topics.map(({ name, configs }) => ({
    resourceType: TOPIC_RESOURCE,
    resourceName: name,
    configurationKeys: Object.keys(configs ?? {}),
  }))
  const response = await request(connection, timeoutMs, describeConfigsV4.api, resources as never, false, false)
  const described = new Map<string, ReadonlyMap<string, string>>()
  for (const { resourceName, errorCode, errorMessage, configs } of response.results) {
    if (errorCode !== PROTOCOL.NONE) throw refused('described', resourceName, errorCode, errorMessage)
    const values = new Map(configs.map(({ name, value }) => [name, value ?? '']))
    described.set(resourceName, values)
    const declared = topics.find((topic) => topic.name === resourceName)?.configs ?? {}
    for (const key of Object.keys(declared)) {
      if (values.has(key)) continue
      throw new KafkaConfigError(
        'TOPIC_CONFLICT',
        `Topic ${resourceName} is declared with the setting ${key}, which the broker does not know.`,
      )
    }
  }
  return described
}

/** @throws KafkaConfigError */
export async function alterConfigs(
  connection: Connection,
  timeoutMs: number,
  changes: ReadonlyMap<string, ReadonlyMap<string, string>>,
): Promise<void> {
  const resources = [...changes].map(([resourceName, values]) => ({
    resourceType: TOPIC_RESOURCE,
    resourceName,
    configs: [...values].map(([name, value]) => ({ name, configOperation: SET, value })),
  }))
  const response = await request(connection, timeoutMs, incrementalAlterConfigsV1.api, resources as never, false)
  for (const { resourceName, errorCode, errorMessage } of response.responses) {
    if (errorCode !== PROTOCOL.NONE) throw refused('altered', resourceName, errorCode, errorMessage)
  }
}

function refused(what: string, topic: string, code: number, message: string | null | undefined): KafkaConfigError {
  const authorization = protocolFailure(code, `Topic ${topic} cannot be ${what}`)
  if (authorization.code === 'AUTHORIZATION_FAILED') return authorization
  return new KafkaConfigError(
    'TOPIC_CONFLICT',
    `Topic ${topic} cannot be ${what}: ${protocolName(code)}${message ? ` (${message})` : ''}`,
  )
}
