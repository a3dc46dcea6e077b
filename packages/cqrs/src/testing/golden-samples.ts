import { AssertionError } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AnyAggregate } from '../aggregates/aggregate.ts'
import { inFormOfToday, revisionOf } from '../aggregates/form-of-today.ts'
import type { EventForm } from '../aggregates/upcaster.ts'
import { formName } from '../aggregates/upcaster.ts'

/** One old form of an event, and what it is read as today. */
export interface GoldenSample {
  /** Name of the file in the directory. */
  readonly file: string
  readonly type: string
  readonly revision: number
  readonly events: readonly EventForm[]
}

const FILE = /^(.+)\.v([1-9]\d*)\.json$/
const PLACE = { occurredAt: '2026-01-01T00:00:00.000Z', version: 1 } as const

/**
 * Proves that events which were stored long ago can still be read. The directory holds one file for each form that an event ever had,
 * `<type>.v<revision>.json`, with the data as it was stored; never change or remove one. Each is read through the upcasters of the aggregate.
 *
 * Throws an AssertionError when a form that has an upcaster, or a revision below today's, has no sample, and when a sample cannot be
 * read or becomes an event that the aggregate does not know. Answers the samples in the order of their names; compare their
 * `events` with what they should be.
 */
export function goldenSamples(aggregate: AnyAggregate, directory: string | URL): readonly GoldenSample[] {
  const folder = typeof directory === 'string' ? directory : fileURLToPath(directory)
  const files = readdirSync(folder).toSorted()
  const samples = files.map((file) => decoded(aggregate, folder, file))
  const missing = oldForms(aggregate).filter(
    (wanted) => !samples.some(({ type, revision }) => wanted === type || wanted === formName({ type, revision })),
  )
  if (missing.length > 0) {
    throw new AssertionError({
      message: `${aggregate.name} reads old forms of events of which ${folder} has no sample: ${missing.join(', ')}. Add '<type>.v<revision>.json' with the data as it was stored.`,
    })
  }
  return samples
}

function decoded(aggregate: AnyAggregate, folder: string, file: string): GoldenSample {
  const [, type, digits] = FILE.exec(file) ?? []
  if (type === undefined) {
    throw new AssertionError({ message: `${join(folder, file)} is not named '<type>.v<revision>.json'` })
  }
  const revision = Number(digits)
  const data: object = JSON.parse(readFileSync(join(folder, file), 'utf8'))
  const forms = formsOf(aggregate, file, { type, revision, data })
  return { file, type, revision, events: forms.map(({ type, revision, data }) => ({ type, revision, data })) }
}

function formsOf(aggregate: AnyAggregate, file: string, form: EventForm): readonly EventForm[] {
  try {
    return inFormOfToday(aggregate, { ...form, ...PLACE })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new AssertionError({ message: `${file} cannot be read. ${reason}` })
  }
}

function oldForms(aggregate: AnyAggregate): readonly string[] {
  const revised = Object.keys(aggregate.revisions ?? {}).flatMap((type) =>
    Array.from({ length: revisionOf(aggregate, type) - 1 }, (_, n) => formName({ type, revision: n + 1 })),
  )
  return [...new Set([...revised, ...(aggregate.upcasters ?? []).map(formName)])]
}
