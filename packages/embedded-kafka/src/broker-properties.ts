import { join } from 'node:path'
import type { ResolvedOptions } from './options.ts'

export interface BrokerPorts {
  readonly client: number
  readonly controller: number
}

export const NODE_ID = 1

/** The directory of the broker's records inside dataDir. */
export function recordsDir(dataDir: string): string {
  return join(dataDir, 'records')
}

/** A KRaft broker that is its own controller, sized for one machine. Properties of the caller win. */
export function brokerProperties(
  options: Pick<ResolvedOptions, 'dataDir' | 'host' | 'brokerProperties'>,
  ports: BrokerPorts,
): Readonly<Record<string, string>> {
  return {
    'process.roles': 'broker,controller',
    'node.id': String(NODE_ID),
    'controller.quorum.voters': `${NODE_ID}@127.0.0.1:${ports.controller}`,
    listeners: `PLAINTEXT://${options.host}:${ports.client},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': `PLAINTEXT://${options.host}:${ports.client}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': recordsDir(options.dataDir),

    // Topics are declared; a misspelt name shall be an error, not a new topic.
    'auto.create.topics.enable': 'false',

    // There is one broker to hold every replica.
    'default.replication.factor': '1',
    'min.insync.replicas': '1',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',

    // The internal topics of a cluster are cut for hundreds of clients: 50 partitions of 100 MB segments each.
    'offsets.topic.num.partitions': '4',
    'offsets.topic.segment.bytes': '4194304',
    'transaction.state.log.num.partitions': '4',
    'transaction.state.log.segment.bytes': '4194304',
    'share.coordinator.state.topic.num.partitions': '4',
    'share.coordinator.state.topic.segment.bytes': '4194304',

    // A broker that was killed is let in again when its old session has ended: 9 s by default.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',

    // No others are expected to join a moment later.
    'group.initial.rebalance.delay.ms': '0',
    'group.streams.initial.rebalance.delay.ms': '0',

    // The log cleaner takes this from the heap at the start, 128 MiB by default.
    'log.cleaner.dedupe.buffer.size': '8388608',
    'log.index.size.max.bytes': '2097152',
    'num.network.threads': '2',
    'num.io.threads': '4',
    'background.threads': '2',
    ...options.brokerProperties,
  }
}

/** In the format of java.util.Properties. */
export function formatProperties(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${escapeProperty(key)}=${escapeProperty(value)}\n`)
    .join('')
}

function escapeProperty(text: string): string {
  return text
    .replace(/[\\:=#! ]/g, (character) => `\\${character}`)
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
