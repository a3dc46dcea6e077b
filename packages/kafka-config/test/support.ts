import { randomBytes } from 'node:crypto'
import type { KafkaConfig, TopicDeclaration } from '@stocker/kafka-config'
import { KafkaTopicConfig } from '@stocker/kafka-config'
import { kafkaBootstrap, testTopic } from '../../../test/servers.ts'
import { quickConfig } from './support-config.ts'

/** A configuration for the run's broker and a group that nobody else has. */
export function testConfig(properties: Readonly<Record<string, string>> = {}): KafkaConfig {
  return quickConfig(kafkaBootstrap(), uniqueGroup(), properties)
}

export function uniqueGroup(): string {
  return `group-${randomBytes(4).toString('hex')}`
}

export async function createTopic(
  config: KafkaConfig,
  name: string,
  more: Omit<TopicDeclaration, 'name'> = {},
): Promise<string> {
  await using topics = new KafkaTopicConfig(config, [{ name, partitions: 6, ...more }])
  await topics.ensureTopics()
  return name
}

/** A new topic on the run's broker. */
export function freshTopic(
  config: KafkaConfig,
  name: string,
  more: Omit<TopicDeclaration, 'name'> = {},
): Promise<string> {
  return createTopic(config, testTopic(name), more)
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A logger that keeps what it is told. */
export function recordingLogger() {
  const lines: LogLine[] = []
  const keep = (level: LogLine['level']) => (fields: object, message: string) => {
    lines.push({ level, message, fields: fields as Record<string, unknown> })
  }
  return { lines, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') }
}
