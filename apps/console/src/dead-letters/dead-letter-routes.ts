import type { AuditEntry, DeadLetter, Selection } from '@stocker/dead-letters'
import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import type { Masker } from '../access/masking.ts'
import { maskerFor } from '../access/masking.ts'
import { viewerOf } from '../access/viewer.ts'
import { maskDiff } from '../audit/mask-change.ts'
import type { DeadLetterDesk } from './dead-letter-desk.ts'
import { answered } from './errors.ts'
import { deadLetterView, groupView, wholeDeadLetterView } from './masked-views.ts'
import type { SelectionFields } from './schemas.ts'
import {
  ActionView,
  AuditView,
  ById,
  DeadLetterView,
  Filters,
  GroupView,
  Id,
  Ordered,
  Paging,
  SelectionBody,
  selectionOf,
  WholeDeadLetterView,
} from './schemas.ts'
import { asJson } from './views.ts'

const BASE = '/ops/api/dead-letters'
const STEPS = {
  park: 'Puts dead letters aside: no redrive takes them, and nothing of their key waits for them',
  discard: 'Decides that dead letters are not to be handled; they stay to be seen',
  release: 'Takes parking or discarding back; they may be sent again as often as at first',
} as const

/** Filters by what records hold: they find only what can be seen. */
const SEEN_FILTERS = ['key', 'eventId', 'errorClass', 'consumerGroup'] as const
type SeenFilters = { readonly [Name in (typeof SEEN_FILTERS)[number]]?: string }
const MOST_LETTERS = 500

function seenAs(letters: readonly DeadLetter[], filters: SeenFilters, masker: Masker) {
  return letters
    .map((letter) => deadLetterView(letter, masker))
    .filter((view) => SEEN_FILTERS.every((name) => filters[name] === undefined || view[name] === filters[name]))
}

export function deadLetterRoutes({ queries, actions }: DeadLetterDesk, app: HttpApp): void {
  const selectionSeen = async (filters: SelectionFields, masker: Masker): Promise<Selection> => {
    if (masker.unmasked || (filters.key === undefined && filters.eventId === undefined)) return selectionOf(filters)
    const letters = await queries.list(selectionOf(filters), { limit: MOST_LETTERS })
    return { ids: seenAs(letters, filters, masker).map(({ id }) => id) }
  }

  app.get(
    BASE,
    {
      config: { access: 'support' },
      schema: {
        summary: 'Dead letters, the newest first',
        querystring: Type.Object({ ...Filters.properties, ...Paging }),
        response: { 200: Type.Object({ deadLetters: Type.Array(DeadLetterView), next: Type.Optional(Id) }) },
      },
    },
    async (request) => {
      const { before, limit, ...filters } = request.query
      const page = await queries.list(selectionOf(filters), { limit, ...(before !== undefined && { before }) })
      const last = page.length === limit ? page.at(-1) : undefined
      return { deadLetters: seenAs(page, filters, maskerFor(request)), ...(last && { next: last.id }) }
    },
  )

  app.get(
    `${BASE}/groups`,
    {
      config: { access: 'support' },
      schema: {
        summary: 'Dead letters with the same cause together, the group seen last first',
        querystring: Type.Object({ ...Filters.properties, limit: Paging.limit }),
        response: { 200: Type.Object({ groups: Type.Array(GroupView) }) },
      },
    },
    async (request) => {
      const { limit, ...filters } = request.query
      const masker = maskerFor(request)
      const found = await queries.groups(await selectionSeen(filters, masker), limit)
      return { groups: found.map((group) => groupView(group, masker)) }
    },
  )

  app.get(
    `${BASE}/audit`,
    {
      config: { access: 'operator' },
      schema: {
        summary: 'Who did what to dead letters, and why, the newest first',
        querystring: Type.Object({ id: Type.Optional(Id), ...Paging }),
        response: { 200: Type.Object({ entries: Type.Array(AuditView), next: Type.Optional(Id) }) },
      },
    },
    async (request) => {
      const { query } = request
      const entries = await queries.audit(query)
      const last = entries.length === query.limit ? entries.at(-1) : undefined
      const masker = maskerFor(request, query.id === undefined ? undefined : `dead-letter:${query.id}`)
      const view = (entry: AuditEntry) => ({ ...asJson(entry), detail: entry.detail && maskDiff(entry.detail, masker) })
      return { entries: entries.map(view), ...(last && { next: last.id }) }
    },
  )

  app.get(
    `${BASE}/:id`,
    {
      config: { access: 'support' },
      schema: {
        summary: 'One dead letter: payload, headers, stack trace, and each time it failed',
        params: ById,
        response: { 200: WholeDeadLetterView },
      },
    },
    async (request) => {
      const { id } = request.params
      return answered(async () => wholeDeadLetterView(await queries.find(id), maskerFor(request, `dead-letter:${id}`)))
    },
  )

  app.put(
    `${BASE}/:id/payload`,
    {
      config: { access: 'operator' },
      schema: {
        summary: 'Replaces the payload of a dead letter; the diff is kept in the audit',
        description: 'A payload of the platform’s topics must be an event of their contracts, with the same eventId.',
        params: ById,
        body: Type.Object({ json: Type.Unknown(), ...Ordered }, { additionalProperties: false }),
        response: { 200: Type.Object({ diff: Type.Unknown() }) },
      },
    },
    async (request) => {
      const { id } = request.params
      const { json, reason } = request.body
      const order = { by: viewerOf(request).name, reason }
      return answered(async () => {
        const diff = await actions.edit(id, Buffer.from(JSON.stringify(json)), order)
        return { diff: maskDiff(diff, maskerFor(request, `dead-letter:${id}`)) }
      })
    },
  )

  for (const step of Object.keys(STEPS) as (keyof typeof STEPS)[]) {
    app.post(
      `${BASE}/${step}`,
      {
        config: { access: 'operator' },
        schema: {
          summary: STEPS[step],
          body: Type.Object({ selection: SelectionBody, ...Ordered }, { additionalProperties: false }),
          response: { 200: ActionView },
        },
      },
      async (request) => {
        const { selection, reason } = request.body
        const order = { by: viewerOf(request).name, reason }
        return answered(async () => asJson(await actions[step](selectionOf(selection), order)))
      },
    )
  }
}
