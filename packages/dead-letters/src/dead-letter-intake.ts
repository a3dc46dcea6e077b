import { redriveTopicOf } from '@stocker/kafka-config'
import type { Pool } from 'pg'
import { writeAudit } from './audit.ts'
import type { Letter } from './dead-letter-rows.ts'
import { insertLetters, insertOccurrences, lockKnown, originKey, unseen, updateLetters } from './dead-letter-rows.ts'
import type { FailedRecord } from './failed-record.ts'
import { stateAfterArrival } from './received.ts'
import { itemsFailed, lockRedrivesOf } from './redrive-outcomes.ts'
import type { Sql } from './transaction.ts'
import { inTransaction } from './transaction.ts'

export interface IntakeReport {
  /** New dead letters. */
  readonly arrived: number
  /** Those that were sent again, or read anew, and failed once more. */
  readonly failedAgain: number
  /** Records that were known, or copies of known dead letters. */
  readonly repeated: number
  /** New dead letters and those that failed again, by where they come from. */
  readonly arrivals: readonly Arrivals[]
}

export interface Arrivals {
  /** Empty when no header names it. */
  readonly consumerGroup: string
  /** Where they failed first. */
  readonly topic: string
  readonly count: number
}

/** Takes records of dead-letter topics into the store. The same record may come any number of times. */
export class DeadLetterIntake {
  readonly #pool: Pool
  readonly #maxRedrives: number

  /** `maxRedrives`: how often a dead letter may be sent again before it is parked. */
  constructor(pool: Pool, maxRedrives: number) {
    this.#pool = pool
    this.#maxRedrives = maxRedrives
  }

  take(records: readonly FailedRecord[]): Promise<IntakeReport> {
    return inTransaction(this.#pool, async (sql) => {
      const fresh = await unseen(sql, records)
      const letters = await this.#fold(sql, fresh)
      const known = letters.filter(({ id }) => id !== undefined)
      const arrived = letters.length - known.length
      const arrivals = countArrivals(letters.filter((letter) => letter.id === undefined || letter.failedAgain))
      await insertLetters(
        sql,
        letters.filter(({ id }) => id === undefined),
        this.#maxRedrives,
      )
      await updateLetters(sql, known)
      await insertOccurrences(sql, letters)
      const failedAgain = letters.filter((letter) => letter.failedAgain)
      await itemsFailed(
        sql,
        failedAgain.map(({ id, arrivals }) => ({
          id: id as string,
          error: errorLine(arrivals.at(-1) as FailedRecord),
        })),
      )
      await auditParked(sql, failedAgain)
      return {
        arrived,
        failedAgain: failedAgain.length,
        repeated: records.length - arrived - failedAgain.length,
        arrivals,
      }
    })
  }

  async #fold(sql: Sql, records: readonly FailedRecord[]): Promise<readonly Letter[]> {
    const ids = records.flatMap(({ redrive }) =>
      redrive && /^\d{1,18}$/.test(redrive.deadLetterId) ? [redrive.deadLetterId] : [],
    )
    await lockRedrivesOf(sql, ids)
    const { byId, byOrigin } = await lockKnown(sql, records, ids)
    const touched = new Set<Letter>()
    for (const record of records) {
      const origin = originKey(record)
      const letter = byOrigin.get(origin) ?? sentAgain(record, byId) ?? this.#unknown()
      byOrigin.set(origin, letter)
      if (letter.id !== undefined || letter.arrivals.length > 0) {
        const state = stateAfterArrival(letter, record)
        letter.failedAgain ||= state !== letter.state
        letter.state = state
      }
      letter.arrivals.push(record)
      touched.add(letter)
    }
    return [...touched]
  }

  #unknown(): Letter {
    return {
      id: undefined,
      consumerGroup: '',
      state: 'NEW',
      redrives: 0,
      redrivesLeft: this.#maxRedrives,
      arrivals: [],
      failedAgain: false,
    }
  }
}

/**
 * A listener that does not know the record as its original dead-letters it with the redrive topic as its origin. Only then the header decides: anyone
 * can write it.
 */
function sentAgain(
  { redrive, origin, consumerGroup }: FailedRecord,
  byId: ReadonlyMap<string, Letter>,
): Letter | undefined {
  if (redrive === undefined || origin.topic !== redriveTopicOf(consumerGroup)) return undefined
  const letter = byId.get(redrive.deadLetterId)
  return letter?.consumerGroup === consumerGroup ? letter : undefined
}

function countArrivals(letters: readonly Letter[]): readonly Arrivals[] {
  const counts = new Map<string, Arrivals>()
  for (const { arrivals } of letters) {
    const { consumerGroup, origin } = arrivals[0] as FailedRecord
    const key = JSON.stringify([consumerGroup, origin.topic])
    const count = (counts.get(key)?.count ?? 0) + 1
    counts.set(key, { consumerGroup, topic: origin.topic, count })
  }
  return [...counts.values()]
}

async function auditParked(sql: Sql, failedAgain: readonly Letter[]): Promise<void> {
  const parked = failedAgain.filter(({ state }) => state === 'PARKED').flatMap(({ id }) => id ?? [])
  if (parked.length === 0) return
  await writeAudit(sql, {
    who: 'system',
    action: 'park',
    reason: 'failed again, and no redrive is left',
    deadLetterIds: parked,
  })
}

function errorLine({ errorClass, errorMessage }: FailedRecord): string {
  return `${errorClass}: ${errorMessage}`
}
