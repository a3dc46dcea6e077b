import { asyncApiDocument, EVENTS } from '@stocker/contracts'
import type { HttpApp } from '@stocker/service-kit'
import type { EventDesk } from './event-desk.ts'
import { ByEvent, EventsSchema, WholeEvent } from './event-schemas.ts'
import type { EventsView, EventView } from './event-views.ts'

export function eventRoutes({ events, catalogue }: EventDesk, app: HttpApp): void {
  app.get(
    '/asyncapi.json',
    {
      config: { access: 'public' },
      schema: { summary: 'All topics and events, as AsyncAPI 3', tags: ['documentation'] },
    },
    () => asyncApiDocument({ title: 'Amazon Platform', version: '1.0.0' }),
  )

  app.get(
    '/ops/api/events',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'Events of the contracts: who writes them, who acts on them, and how many came in the last 15 minutes',
        description:
          'How many records a topic has is exact, by its offsets; of which type they are is estimated by a sample where there are many.',
        response: { 200: EventsSchema },
      },
    },
    async () => {
      const { at, events: all, unknown } = await events()
      return { at, events: all.map(forAnswer), unknown: [...unknown] }
    },
  )

  app.get(
    '/ops/api/events/:name',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'One event: its fields, an example, who acts on it',
        params: ByEvent,
        response: { 200: WholeEvent },
      },
    },
    async ({ params: { name } }) => {
      const view = viewOf(await events(), name)
      const { fields = [] } = catalogue.find((entry) => entry.name === name) ?? {}
      return { ...forAnswer(view), fields: [...fields], example: EVENTS[name].sample }
    },
  )
}

export function viewOf({ events }: EventsView, name: string): EventView {
  const view = events.find((event) => event.name === name)
  if (!view) throw new Error(`the catalogue has no ${name}`)
  return view
}

const forAnswer = ({ consumers, personalFields, ...rest }: EventView) => ({
  ...rest,
  consumers: [...consumers],
  personalFields: [...personalFields],
})
