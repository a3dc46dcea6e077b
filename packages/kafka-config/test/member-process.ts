/**
 * One member of a group in a process of its own; what it does goes to the parent as messages.
 * Arguments: one JSON text, see MemberArguments.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { KafkaConsumerConfig } from '@stocker/kafka-config'
import { quickConfig } from './support-config.ts'

export interface MemberArguments {
  readonly name: string
  readonly bootstrapServers: string
  readonly groupId: string
  readonly topic: string
  readonly properties: Readonly<Record<string, string>>
  /** How long each batch takes. */
  readonly handlingMs: number
}

export type MemberMessage =
  | { readonly type: 'assigned'; readonly partitions: readonly number[]; readonly at: number }
  | { readonly type: 'given-up'; readonly partitions: readonly number[]; readonly lost: boolean; readonly at: number }
  | {
      readonly type: 'handing'
      readonly records: readonly (readonly [partition: number, offset: number])[]
      readonly at: number
    }
  | {
      readonly type: 'handled'
      readonly records: readonly (readonly [partition: number, offset: number])[]
      readonly at: number
    }
  | { readonly type: 'state'; readonly state: string; readonly detail: string; readonly at: number }

const member = JSON.parse(process.argv[2] ?? '{}') as MemberArguments
const say = (message: MemberMessage) => process.send?.(message)
const config = quickConfig(member.bootstrapServers, member.groupId, member.properties)
const container = new KafkaConsumerConfig(config).createListenerContainer({
  topics: [member.topic],
  listener: async (batch) => {
    const records = batch.map(({ partition, offset }) => [partition, Number(offset)] as const)
    say({ type: 'handing', records, at: Date.now() })
    await delay(member.handlingMs)
    say({ type: 'handled', records, at: Date.now() })
  },
})
container.on('assigned', (partitions) =>
  say({ type: 'assigned', partitions: partitions.map(({ partition }) => partition), at: Date.now() }),
)
const givenUp = (lost: boolean) => (partitions: readonly { partition: number }[]) =>
  say({ type: 'given-up', partitions: partitions.map(({ partition }) => partition), lost, at: Date.now() })
container.on('revoked', givenUp(false))
container.on('lost', givenUp(true))
container.on('state', (state) => say({ type: 'state', state, detail: container.health().detail, at: Date.now() }))

process.on('message', (order: { readonly block?: number }) => {
  if (order.block === undefined) return
  const until = Date.now() + order.block
  while (Date.now() < until);
})
process.on('SIGTERM', () => {
  void container.stop().then(() => process.disconnect())
})
await container.start()
