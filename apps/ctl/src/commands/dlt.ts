import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { ParsedFlags } from '@stocker/platform'
import { usage } from '@stocker/platform'
import type { CtlCommand } from '../command.ts'
import type { ConsoleClient } from '../console-client.ts'
import { DLT_FLAGS, filtersOf, rampOf } from '../dlt-flags.ts'
import type { Action, AuditEntry, DeadLetter, Group, Plan, RedriveStatus, WholeDeadLetter } from '../dlt-texts.ts'
import { actionText, auditText, groupsText, listText, planText, showText, statusText } from '../dlt-texts.ts'
import { numberOf, reasonOf } from '../number-of.ts'

interface DltCall {
  readonly client: ConsoleClient
  readonly ids: readonly string[]
  readonly flags: ParsedFlags
  /** The answer as it is with -o json, otherwise the text. */
  readonly show: (value: unknown, text: () => string) => void
}

interface DltCommand {
  /** Behind its name, for the help. */
  readonly words: string
  readonly help: string
  /** The exit code. */
  readonly run: (call: DltCall) => Promise<number>
}

const STATUS_POLL_MS = 500

const COMMANDS: Readonly<Record<string, DltCommand>> = {
  ls: { words: '[filters]', help: 'dead letters, the newest first', run: list },
  groups: { words: '[filters]', help: 'those with the same cause together', run: groups },
  show: { words: '<id>', help: 'payload, headers, stack trace, and each time it failed', run: show },
  redrive: { words: '<selection>', help: 'sends them again, to the group that failed', run: redrive },
  status: { words: '[redrive]', help: 'how far a redrive is; without id: the last ones', run: status },
  stop: { words: '<redrive>', help: 'sends nothing more of a redrive', run: stop },
  park: { words: '<selection>', help: 'puts them aside', run: (call) => change('park', call) },
  discard: {
    words: '<selection>',
    help: 'decides that they are not to be handled',
    run: (call) => change('discard', call),
  },
  release: { words: '<selection>', help: 'takes parking or discarding back', run: (call) => change('release', call) },
  edit: { words: '<id> --file <file>', help: 'replaces the payload; the diff is kept', run: edit },
  audit: { words: '[id]', help: 'who did what, and why', run: audit },
}

const MAX_IDS = 10_000

export const dlt: CtlCommand = {
  words: '<command> [ids] [flags]',
  help: `dead letters: ${Object.keys(COMMANDS).join(', ')}`,
  flags: DLT_FLAGS,
  // The command, and its ids.
  maxWords: 1 + MAX_IDS,
  run: async ({ words: [name, ...ids], flags, console: connect, show }) => {
    const command = COMMANDS[name ?? '']
    const known = Object.keys(COMMANDS).join(', ')
    if (command === undefined) {
      throw usage(`dlt needs one of ${known}${name === undefined ? '' : `; "${name}" is none`}`)
    }
    return command.run({ client: await connect(), ids: ids.map(checkedId), flags, show })
  },
}

export const DLT_HELP = `${Object.entries(COMMANDS)
  .map(([name, { words, help }]) => `  ${`${name} ${words}`.padEnd(26)}  ${help}`)
  .join('\n')}

A selection is ids, or filters, or both: those that fulfil all that is given.`

function checkedId(word: string): string {
  if (/^\d{1,18}$/.test(word)) return word
  throw usage(`"${word}" is no id; ids are numbers, as dlt ls shows them`)
}

async function list({ client, flags, show: print }: DltCall): Promise<number> {
  const answer = (await client.get('dead-letters', { ...filtersOf(flags), ...limitOf(flags) })) as {
    readonly deadLetters: readonly DeadLetter[]
  }
  print(answer, () => listText(answer.deadLetters))
  return 0
}

async function groups({ client, flags, show: print }: DltCall): Promise<number> {
  const answer = (await client.get('dead-letters/groups', { ...filtersOf(flags), ...limitOf(flags) })) as {
    readonly groups: readonly Group[]
  }
  print(answer, () => groupsText(answer.groups))
  return 0
}

async function show(call: DltCall): Promise<number> {
  const reason = call.flags.text('unmask')
  if (reason !== undefined) await call.client.post('unmask', { subject: `dead-letter:${onlyId(call)}`, reason })
  const letter = (await call.client.get(`dead-letters/${onlyId(call)}`)) as WholeDeadLetter
  call.show(letter, () => showText(letter))
  return 0
}

async function redrive(call: DltCall): Promise<number> {
  const { client, flags } = call
  const dryRun = flags.has('dry-run')
  const [ramp, rate] = [rampOf(flags), numberOf(flags, 'rate')]
  const plan = (await client.post('redrives', {
    selection: selectionOf(call),
    ...orderOf(call, dryRun ? 'dry run' : undefined),
    dryRun,
    stopOnFailure: !flags.has('keep-going'),
    ...(ramp !== undefined && { ramp }),
    ...(rate !== undefined && { ratePerSecond: rate }),
  })) as Plan
  if (plan.id === undefined || flags.has('no-wait')) {
    call.show(plan, () => planText(plan))
    return 0
  }
  const ended = await untilEnded(client, plan.id)
  call.show({ ...ended, refused: plan.refused }, () => [planText(plan), statusText([ended])].join('\n'))
  return ended.counts.handled === ended.counts.total ? 0 : 1
}

async function untilEnded(client: ConsoleClient, id: string): Promise<RedriveStatus> {
  for (;;) {
    const now = (await client.get(`redrives/${id}`)) as RedriveStatus
    if (now.endedAt !== null) return now
    await delay(STATUS_POLL_MS)
  }
}

async function status(call: DltCall): Promise<number> {
  const { client, ids, flags } = call
  if (ids.length > 0) {
    const one = (await client.get(`redrives/${onlyId(call)}`)) as RedriveStatus
    call.show(one, () => statusText([one]))
    return 0
  }
  const answer = (await client.get('redrives', limitOf(flags))) as { readonly redrives: readonly RedriveStatus[] }
  call.show(answer, () => statusText(answer.redrives))
  return 0
}

async function stop(call: DltCall): Promise<number> {
  const stopped = (await call.client.post(`redrives/${onlyId(call)}/stop`, orderOf(call))) as RedriveStatus
  call.show(stopped, () => statusText([stopped]))
  return 0
}

async function change(step: 'park' | 'discard' | 'release', call: DltCall): Promise<number> {
  const body = { selection: selectionOf(call), ...orderOf(call) }
  const action = (await call.client.post(`dead-letters/${step}`, body)) as Action
  call.show(action, () => actionText(step, action))
  return 0
}

async function edit(call: DltCall): Promise<number> {
  const id = onlyId(call)
  const file = call.flags.text('file')
  if (file === undefined) throw usage('edit needs --file with the new payload as JSON')
  const answer = await call.client.put(`dead-letters/${id}/payload`, { json: await readJson(file), ...orderOf(call) })
  call.show(answer, () => `dead letter ${id} edited: ${JSON.stringify((answer as { readonly diff: unknown }).diff)}`)
  return 0
}

async function audit({ client, ids, flags, show: print }: DltCall): Promise<number> {
  const [id] = ids
  const answer = (await client.get('dead-letters/audit', { ...limitOf(flags), ...(id !== undefined && { id }) })) as {
    readonly entries: readonly AuditEntry[]
  }
  print(answer, () => auditText(answer.entries))
  return 0
}

function selectionOf({ ids, flags }: DltCall): object {
  const selection = { ...filtersOf(flags), ...(ids.length > 0 && { ids }) }
  if (Object.keys(selection).length > 0) return selection
  throw usage(
    'name the dead letters by ids, or select them by --group, --topic, --error, --fingerprint, --key, --state, --from or --to',
  )
}

const orderOf = ({ flags }: DltCall, otherwise?: string): object => ({
  reason: flags.text('reason') ?? otherwise ?? reasonOf(flags),
})

function onlyId({ ids }: DltCall): string {
  const [id] = ids
  if (id !== undefined && ids.length === 1) return id
  throw usage(`expected one id instead of ${ids.length}`)
}

function limitOf(flags: ParsedFlags): Readonly<Record<string, string>> {
  const limit = numberOf(flags, 'limit')
  return limit === undefined ? {} : { limit: String(limit) }
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw usage(`--file ${file} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}
