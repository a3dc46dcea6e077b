import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import type { DeadLetterDesk } from './dead-letter-desk.ts'
import { answered } from './errors.ts'
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
import { asJson, wholeView } from './views.ts'

const BASE = '/ops/api/dead-letters'
const STEPS = {
  park: 'Puts dead letters aside: no redrive takes them, and nothing of their key waits for them',
  discard: 'Decides that dead letters are not to be handled; they stay to be seen',
  release: 'Takes parking or discarding back; they may be sent again as often as at first',
} as const

export function deadLetterRoutes({ queries, actions }: DeadLetterDesk, app: HttpApp): void {
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
    async ({ query: { before, limit, ...filters } }) => {
      const page = await queries.list(selectionOf(filters), { limit, ...(before !== undefined && { before }) })
      const last = page.length === limit ? page.at(-1) : undefined
      return { deadLetters: asJson(page), ...(last && { next: last.id }) }
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
    async ({ query: { limit, ...filters } }) => ({
      groups: asJson(await queries.groups(selectionOf(filters), limit)),
    }),
  )

  app.get(
    `${BASE}/audit`,
    {
      config: { access: 'support' },
      schema: {
        summary: 'Who did what to dead letters, and why, the newest first',
        querystring: Type.Object({ id: Type.Optional(Id), ...Paging }),
        response: { 200: Type.Object({ entries: Type.Array(AuditView), next: Type.Optional(Id) }) },
      },
    },
    async ({ query }) => {
      const entries = await queries.audit(query)
      const last = entries.length === query.limit ? entries.at(-1) : undefined
      return { entries: asJson(entries), ...(last && { next: last.id }) }
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
    async ({ params: { id } }) => answered(async () => wholeView(await queries.find(id))),
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
    async ({ params: { id }, body: { json, ...order } }) =>
      answered(async () => ({ diff: await actions.edit(id, Buffer.from(JSON.stringify(json)), order) })),
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
      async ({ body: { selection, ...order } }) =>
        answered(async () => asJson(await actions[step](selectionOf(selection), order))),
    )
  }
}
