export interface TopicDeclaration {
  readonly name: string
  /** Default: the broker's num.partitions. */
  readonly partitions?: number
  /** As many partitions as that topic has, in place of `partitions`: so that a record can go to the partition of the same number. */
  readonly partitionsOf?: string
  /** Default: the broker's default.replication.factor. */
  readonly replicas?: number
  /** Topic settings such as `cleanup.policy`; those not named stay the broker's. */
  readonly configs?: Readonly<Record<string, string>>
}

export interface TopicDifference {
  readonly topic: string
  /** `partitions`, or the name of a topic setting. */
  readonly what: string
  readonly declared: string
  readonly actual: string
}

export interface TopicReport {
  readonly created: readonly string[]
  /** Topics that got more partitions. */
  readonly increased: readonly string[]
  /** Topics whose settings were altered (only with admin.modify-topic-configs=true). */
  readonly altered: readonly string[]
  /** What exists otherwise than declared and was left so. */
  readonly differences: readonly TopicDifference[]
  /** Whether the broker could not be reached, so that nothing is known yet; it is tried on in the background. */
  readonly pending: boolean
}
