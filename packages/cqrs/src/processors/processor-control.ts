import { CqrsError } from '../errors.ts'
import type { FeedStart } from '../messaging/feed-start.ts'
import type { Connections } from '../postgres/connections.ts'
import { DIVISION_BY_ZERO, failsWith, toCqrsError } from '../postgres/failure.ts'
import type { Row } from '../postgres/pipeline.ts'
import {
  mergeTokens,
  resetTokens,
  settledStatement,
  splitToken,
  statusStatement,
} from '../postgres/processor-control-rows.ts'
import {
  createTokens,
  decodeToken,
  lockProcessor,
  readTokens,
  TOKEN_LENGTH,
  tellInstances,
} from '../postgres/processor-rows.ts'
import type { SqlStatement } from '../sql-statement.ts'
import type { FeedPosition } from '../store/event.ts'
import type { Token } from './processor-claim.ts'
import { initialSegments, mergeOf, split } from './segment.ts'

export interface SegmentStatus {
  readonly segment: number
  readonly mask: number
  /** The instance that works on it, as host/process/number; null: none at the moment. */
  readonly owner: string | null
  /** Whether that is this instance. */
  readonly own: boolean
  /** Everything up to here has had its effect. */
  readonly position: FeedPosition
  /** Committed events after its position, those of other segments and types included; counted up to 100,000. */
  readonly eventsBehind: number
  /** Age of the oldest of them in seconds; 0 when there is none. */
  readonly secondsBehind: number
  /** While it replays what it had handled before a reset: how far it is, in percent. null: it does not. */
  readonly replayedPercent: number | null
  /** Why its last batch failed; null after a success. */
  readonly lastError: string | null
}

export interface ControlSettings {
  readonly name: string
  readonly segments: number
  readonly initialPosition: FeedStart
  readonly onReset: () => readonly SqlStatement[]
}

/**
 * What can be done to a processor from any process, whoever works on its segments. Each change takes the segments from their owners in the transaction
 * that makes it, so nothing has to be stopped before.
 */
export class ProcessorControl {
  readonly #connections: Connections
  readonly #settings: ControlSettings

  constructor(connections: Connections, settings: ControlSettings) {
    this.#connections = connections
    this.#settings = settings
  }

  async status(owner: string): Promise<readonly SegmentStatus[]> {
    const { name } = this.#settings
    const [rows = []] = await this.#connections.read(`reading the status of processor '${name}'`, statusStatement(name))
    return rows.map((row) => statusOf(row, owner))
  }

  /** See `settledStatement`. */
  async settled(): Promise<bigint> {
    const { name } = this.#settings
    const [rows = []] = await this.#connections.read(`looking how far '${name}' is`, settledStatement(name))
    return BigInt(rows[0]?.[0] ?? -1)
  }

  async reset(to: FeedStart): Promise<void> {
    const { name, segments, initialPosition, onReset } = this.#settings
    await this.#connections.read(
      `resetting processor '${name}'`,
      lockProcessor(name),
      createTokens(name, initialSegments(segments), initialPosition),
      ...resetTokens(name, to),
      ...onReset(),
      tellInstances(name),
    )
  }

  async split(id: number): Promise<void> {
    const { name } = this.#settings
    const { segment } = tokenOf(await this.#tokens(), id, name)
    await this.#change(`splitting segment ${id}`, splitToken(name, segment, split(segment)))
  }

  async merge(id: number): Promise<void> {
    const { name } = this.#settings
    const tokens = await this.#tokens()
    const { segment } = tokenOf(tokens, id, name)
    const merge = mergeOf(segment)
    const sibling = tokens.find((token) => token.segment.id === merge?.sibling.id)?.segment
    if (merge === undefined || sibling?.mask !== segment.mask) {
      const why = merge === undefined ? 'it is the only one' : `its other half ${merge.sibling.id} is split further`
      throw new CqrsError('UNKNOWN_SEGMENT', `Segment ${id} of processor '${name}' has nothing to merge with: ${why}.`)
    }
    const [kept, gone] = segment.id < sibling.id ? [segment, sibling] : [sibling, segment]
    await this.#change(`merging segment ${id}`, mergeTokens(name, kept, gone, merge.merged))
  }

  async #change(doing: string, statements: readonly SqlStatement[]): Promise<void> {
    const { name } = this.#settings
    try {
      await this.#connections.transact([...statements, tellInstances(name)])
    } catch (error) {
      if (!failsWith(error, DIVISION_BY_ZERO)) throw toCqrsError(error, `${doing} of processor '${name}'`)
      throw new CqrsError(
        'PROCESSOR_BUSY',
        `Nothing came of ${doing} of processor '${name}': it changed meanwhile, replays, or is still levelling a merge. Look at its status and try again.`,
        { cause: error },
      )
    }
  }

  async #tokens(): Promise<readonly Token[]> {
    const { name } = this.#settings
    const [rows = []] = await this.#connections.read(`reading the segments of '${name}'`, readTokens(name))
    return rows.map(decodeToken)
  }
}

function tokenOf(tokens: readonly Token[], id: number, processor: string): Token {
  const found = tokens.find(({ segment }) => segment.id === id)
  if (found !== undefined) return found
  const known = tokens.map(({ segment }) => segment.id).join(', ')
  throw new CqrsError(
    'UNKNOWN_SEGMENT',
    `Processor '${processor}' has no segment ${id}; it has ${known || 'none yet'}.`,
  )
}

function statusOf(row: Row, owner: string): SegmentStatus {
  const { segment, position, replay, ...token } = decodeToken(row)
  const [lastError = null, events, seconds] = row.slice(TOKEN_LENGTH)
  return {
    segment: segment.id,
    mask: segment.mask,
    owner: token.free ? null : token.owner,
    own: token.owner === owner,
    position,
    eventsBehind: Number(events ?? 0),
    secondsBehind: Math.max(0, Number(seconds ?? 0)),
    replayedPercent:
      replay === null ? null : percent(position.position - replay.from, replay.until.position - replay.from),
    lastError,
  }
}

/** Row numbers follow the order of the feed nearly, which is enough for this. */
const percent = (done: bigint, all: bigint): number =>
  all <= 0n ? 0 : Math.min(100, Math.max(0, Math.floor((Number(done) / Number(all)) * 100)))
