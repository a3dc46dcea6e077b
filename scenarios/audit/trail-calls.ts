import type { OpenCall, StoredEvent } from '@stocker/cqrs'
import { isAfter } from '@stocker/cqrs'
import { callEffects } from '../../apps/console/src/timeline/call-effects.ts'
import { unitsOf } from '../../apps/console/src/timeline/units-of-work.ts'
import type { OutboundIntents } from '../../apps/console/src/watched-services.ts'
import type { Difference } from './difference.ts'

export interface CallName {
  /** Whom it is to. */
  readonly name: string
  readonly key: string
}

/** The books of one who is called. */
export interface Ledger {
  /** As calls to it name it. */
  readonly name: string
  /** What it was asked for, by the key of the call; `reported`: it tells the answer by itself too, so that no call may bring it. */
  readonly requests: ReadonlyMap<string, { readonly reported: boolean }>
}

/** What one service's store tells of its calls to the outside, and what they are held against. */
export interface CallTrails {
  readonly contract: { readonly service: string }
  readonly outboundCalls: readonly OutboundIntents[]
  /** Of all cases. */
  readonly events: readonly StoredEvent[]
  /** Without an answer, as the cases have them. */
  readonly openCalls: readonly OpenCall[]
  /** Without an answer, as the table has them. */
  readonly callRows: readonly CallName[]
  /** Of those whom the service calls and who keep one. */
  readonly ledgers: readonly Ledger[]
}

interface ShownCall extends CallName {
  readonly correlationId: string
  /** How often: a courier who is silent is asked again under the same key. */
  asked: number
  answered: number
  /** Nothing happened in the case after it was asked for, here. */
  isLast: boolean
}

const idOf = ({ name, key }: CallName): string => `${name} ${key}`

/** Calls that the timelines do not show as asked for or as answered, and calls that they show and nobody knows of. */
export const callDifferences = (store: CallTrails): readonly Difference[] => {
  const { contract, openCalls, callRows, ledgers } = store
  const found: Difference[] = []
  const shown = shownCalls(store)
  const report = ({ name, key }: CallName, text: string): void => {
    const of = shown.get(idOf({ name, key }))
    const about = of === undefined ? `call ${key}` : `case ${of.correlationId}`
    found.push({ kind: 'TRAIL_CALL', about, text: `${contract.service}, call ${key} to ${name}: ${text}` })
  }
  const waiting = new Set(callRows.map(idOf))
  const waitingInCases = new Set(openCalls.map(idOf))
  for (const call of callRows) {
    if (!shown.has(idOf(call))) report(call, 'it waits for an answer, and no trail shows who asked for it')
    else if (!waitingInCases.has(idOf(call))) report(call, 'it waits for an answer, which its trail does not show')
  }
  for (const { name, requests } of ledgers)
    for (const key of requests.keys())
      if (!shown.has(idOf({ name, key }))) report({ name, key }, 'it was made, and no trail shows who asked for it')
  for (const call of shown.values()) {
    const ledger = ledgers.find(({ name }) => name === call.name)
    const waits = waiting.has(idOf(call))
    const text = differenceOf(call, waits, ledger)
    if (text !== undefined) report(call, text)
  }
  return found
}

const differenceOf = (
  { key, asked, answered, isLast }: ShownCall,
  waits: boolean,
  ledger: Ledger | undefined,
): string | undefined => {
  const request = ledger?.requests.get(key)
  if (waits && answered >= asked) return 'its trail shows an answer, and it still waits for one'
  if (ledger !== undefined && request === undefined) {
    if (answered > 0) return `its trail shows an answer, and ${ledger.name} was not asked`
    return waits ? undefined : `its trail shows it, and neither does it wait nor was ${ledger.name} asked`
  }
  if (waits || answered >= asked) return undefined
  // Who keeps no books may have told it another way, or its answer was of no interest any more: then something else has happened since.
  const endedOtherwise = request === undefined ? !isLast : request.reported
  return endedOtherwise ? undefined : 'it does not wait any more, and its trail shows no answer'
}

const shownCalls = ({ contract, outboundCalls, events, openCalls }: CallTrails): ReadonlyMap<string, ShownCall> => {
  const shown = new Map<string, ShownCall>()
  if (outboundCalls.length === 0) return shown
  for (const [correlationId, ofCase] of casesOf(events)) {
    const trail = { events: ofCase, handled: [], outboundCalls: openCalls }
    const service = { service: contract.service, outboundCalls, trail }
    // Which messages led to work makes no difference to calls: they are asked for by events, and answers follow from those.
    const units = unitsOf(service, new Map())
    for (const [, { target: name, key, verb }] of callEffects(service, units)) {
      const call = shown.get(idOf({ name, key })) ?? { name, key, correlationId, asked: 0, answered: 0, isLast: false }
      shown.set(idOf(call), call)
      if (verb === 'insert') call.asked += 1
      else call.answered += 1
    }
    for (const [, { target: name, key, verb }] of callEffects(service, units.slice(-1))) {
      const call = shown.get(idOf({ name, key }))
      if (verb === 'insert' && call !== undefined) call.isLast = true
    }
  }
  return shown
}

/**
 * As a timeline has them: what comes of a cancellation, a return or a report is told under the order's own id, and is of the case in which its stream began,
 * which may be that of a cart. In the order of the feed.
 */
const casesOf = (events: readonly StoredEvent[]): ReadonlyMap<string, readonly StoredEvent[]> => {
  const inOrder = events.toSorted((a, b) => (isAfter(a, b) ? 1 : -1))
  const begun = new Map<string, string>()
  for (const { stream, metadata } of inOrder) if (!begun.has(stream)) begun.set(stream, metadata.correlationId)
  return Map.groupBy(inOrder, ({ stream }) => begun.get(stream) ?? '')
}
