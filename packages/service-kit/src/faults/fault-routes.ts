import type { Static } from 'typebox'
import { Type } from 'typebox'
import { ServiceKitError } from '../errors.ts'
import type { HttpApp } from '../http/create-http-app.ts'
import { problem } from '../http/problem.ts'
import type { Logger } from '../logging/create-logger.ts'
import type { FaultSwitches } from './fault-switches.ts'
import { FAULT_EFFECTS } from './fault-switches.ts'

const Effect = Type.Enum([...FAULT_EFFECTS])
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])

export const FaultView = Type.Object({
  name: Type.String({ description: '`handling.<event type>` or `call.<name of the outside>`' }),
  effects: Type.Array(Effect),
  struck: Type.Integer({ description: 'How often it has worked since the process began' }),
  set: Nullable(
    Type.Object({
      effect: Effect,
      times: Nullable(Type.Integer()),
      left: Nullable(Type.Integer({ description: 'How often it will still work; null: until it is taken back' })),
      delayMs: Type.Integer(),
      since: Type.String(),
    }),
  ),
})
export type FaultView = Static<typeof FaultView>

const FaultsView = Type.Object({ faults: Type.Array(FaultView) })

const FaultBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200 }),
    effect: Effect,
    times: Type.Union([Type.Integer({ minimum: 0, maximum: 1_000_000 }), Type.Null()], {
      default: 1,
      description: 'So often, then the switch is off again; null: until it is taken back; 0: takes it back',
    }),
    delayMs: Type.Integer({ minimum: 0, maximum: 600_000, default: 0, description: 'Of `slow`. Milliseconds' }),
  },
  { additionalProperties: false },
)

/** Lets operators of a platform that is there to be tried make single things go wrong. Registered only where faults are enabled. */
export function faultRoutes(app: HttpApp, switches: FaultSwitches, logger: Logger): void {
  const config = { access: 'staff' } as const
  const view = (): { faults: FaultView[] } => ({
    faults: switches.list().map(({ effects, ...rest }) => ({ ...rest, effects: [...effects] })),
  })
  app.get(
    '/ops/faults',
    {
      config,
      schema: { tags: ['operations'], summary: 'What can be made to go wrong here', response: { 200: FaultsView } },
    },
    async () => view(),
  )
  app.post(
    '/ops/faults',
    {
      config,
      schema: {
        tags: ['operations'],
        summary: 'Lets something go wrong the next times',
        body: FaultBody,
        response: { 200: FaultsView },
      },
    },
    async ({ body: { name, ...setting } }) => {
      answered(() => switches.set(name, setting))
      logger.warn({ fault: name, ...setting }, 'a fault switch was set')
      return view()
    },
  )
  app.delete(
    '/ops/faults',
    {
      config,
      schema: { tags: ['operations'], summary: 'Takes all faults back', response: { 200: FaultsView } },
    },
    async () => {
      switches.clear()
      logger.warn('all fault switches were taken back')
      return view()
    },
  )
}

function answered(work: () => unknown): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof ServiceKitError) || error.code !== 'NO_SUCH_FAULT') throw error
    throw problem('NO_SUCH_FAULT', 422, 'There is no such fault', error.message)
  }
}
