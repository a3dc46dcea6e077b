import type { Cluster } from '../client/cluster.ts'
import { reason } from '../client/failure.ts'
import { PROTOCOL } from '../client/protocol-codes.ts'
import type { FetchedPartition } from '../listener/fetch-request.ts'
import { fetchRecords } from '../listener/fetch-request.ts'
import type { RecordPlace } from '../listener/listener-types.ts'
import { partitionName, recordName } from '../listener/listener-types.ts'
import { RecordBatchReader } from '../listener/record-batch-reader.ts'

/** Enough for the first batch of most producers; a larger one comes whole when it is asked for alone. */
const PARTITION_BYTES = 16 * 1024
const PARTITIONS_AT_ONCE = 64

export interface WantedRecord extends RecordPlace {
  readonly leader: number
}

export interface RecordTimesOptions {
  /** Records that are read in one round at most; the others are read in later ones. */
  readonly maxReads: number
  readonly timeoutMs: number
}

/** null: from that place on there is no record, only marks of transactions. */
type RecordTime = bigint | null

/**
 * When records were written: each is fetched once, as what lies at an offset never changes. Only the times that were asked for last are kept.
 */
export class RecordTimes {
  readonly #options: RecordTimesOptions
  #known = new Map<string, RecordTime>()

  constructor(options: RecordTimesOptions) {
    this.#options = options
  }

  /** By `recordName`, in milliseconds since 1970. What could not be read is left out, and told. */
  async read(
    cluster: Cluster,
    wanted: readonly WantedRecord[],
    tell: (problem: string) => void,
  ): Promise<ReadonlyMap<string, RecordTime>> {
    const kept = new Map<string, RecordTime>()
    const missing = new Map<string, WantedRecord>()
    for (const record of wanted) {
      const name = recordName(record)
      const time = this.#known.get(name)
      if (time === undefined) missing.set(name, record)
      else kept.set(name, time)
    }
    this.#known = kept
    const reads = [...missing.values()].slice(0, this.#options.maxReads)
    await Promise.all(
      [...Map.groupBy(reads, ({ leader }) => leader)].map(([leader, ofLeader]) =>
        this.#readFrom(cluster, leader, ofLeader).catch((error: unknown) =>
          tell(`broker ${leader} did not tell the times of ${ofLeader.length} records: ${reason(error)}`),
        ),
      ),
    )
    return this.#known
  }

  async #readFrom(cluster: Cluster, leader: number, wanted: readonly WantedRecord[]): Promise<void> {
    const alone: WantedRecord[] = []
    for (const round of rounds(wanted)) alone.push(...(await this.#fetch(cluster, leader, round)))
    // Whoever is first in a request gets a whole batch, however large.
    for (const record of alone) await this.#fetch(cluster, leader, [record])
  }

  /** Returns those whose batch did not fit. */
  async #fetch(cluster: Cluster, leader: number, wanted: readonly WantedRecord[]): Promise<readonly WantedRecord[]> {
    const connection = await cluster.connectionTo(leader)
    const limits = {
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: PARTITION_BYTES * wanted.length,
      maxPartitionBytes: PARTITION_BYTES,
      readCommitted: false,
    }
    const { partitions } = await fetchRecords(connection, this.#options.timeoutMs, limits, wanted)
    const answers = new Map(partitions.map((partition) => [partitionName(partition), partition]))
    return wanted.filter((record) => {
      const answer = answers.get(partitionName(record))
      if (answer === undefined || answer.errorCode !== PROTOCOL.NONE) return false
      const time = firstTime(answer, record.offset)
      if (time !== undefined) this.#known.set(recordName(record), time)
      else if (answer.endOffset > record.offset) return wanted.length > 1
      return false
    })
  }
}

function firstTime({ bytes }: FetchedPartition, from: bigint): RecordTime | undefined {
  if (bytes.length === 0) return undefined
  const reader = new RecordBatchReader(bytes, from, undefined)
  const times: bigint[] = []
  reader.read(1, (_offset, timestamp) => timestamp, times)
  if (times[0] !== undefined) return times[0]
  // Only marks of transactions, or the batch is cut off.
  return reader.nextOffset > from ? null : undefined
}

/** A request can name a partition only once; two groups may want different records of it. */
function rounds(wanted: readonly WantedRecord[]): readonly WantedRecord[][] {
  const filled: { readonly names: Set<string>; readonly records: WantedRecord[] }[] = []
  for (const record of wanted) {
    const name = partitionName(record)
    let round = filled.find(({ names, records }) => records.length < PARTITIONS_AT_ONCE && !names.has(name))
    if (round === undefined) {
      round = { names: new Set(), records: [] }
      filled.push(round)
    }
    round.names.add(name)
    round.records.push(record)
  }
  return filled.map(({ records }) => records)
}
