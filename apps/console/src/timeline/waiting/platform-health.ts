/** How the parts stand that an order may wait for. What could not be found out is null; a rule that needs it does not apply then. */
export interface PlatformHealth {
  /** Whether Kafka answers the console; null: nobody has looked. */
  readonly brokerAnswers: boolean | null
  /** By name of the service. */
  readonly services: Readonly<Record<string, ServiceHealth>>
  /** By consumer group. */
  readonly groups: Readonly<Record<string, GroupHealth>>
  /** Dead letters of the order that nobody has seen to, by id of the message; of records that no message was made of, by `<topic>-<partition>-<offset>`. */
  readonly deadLetters: Readonly<Record<string, OpenDeadLetter>>
}

export interface ServiceHealth {
  /** Whether it answers at all. */
  readonly answers: boolean
  /** Its components that are down: name → a sentence. */
  readonly down: Readonly<Record<string, string>>
  readonly consumerGroup: string
  /** What keeps others out of its database; null: nothing, or not known. */
  readonly lock: DatabaseLock | null
  /** A transaction that keeps the events of all services of its server from being published; null: none, or not known. */
  readonly openTransaction: OpenTransaction | null
}

export interface DatabaseLock {
  /** ISO 8601. */
  readonly since: string
  /** null: rows. */
  readonly table: string | null
  /** Who holds it, as PostgreSQL tells; a clause with a comma at its end. */
  readonly holder: string
}

export interface OpenTransaction {
  /** ISO 8601. */
  readonly since: string
  readonly holder: string
}

export interface GroupHealth {
  readonly members: number | null
  /** Records behind. */
  readonly lag: number | null
  /** When an operator stopped its listener. ISO 8601; null: nobody has. */
  readonly stoppedSince: string | null
  /** One sentence. */
  readonly detail: string
}

export interface OpenDeadLetter {
  readonly id: string
  readonly consumerGroup: string
  readonly error: string
}

export const UNKNOWN_HEALTH: PlatformHealth = { brokerAnswers: null, services: {}, groups: {}, deadLetters: {} }
