import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import { maskerOf } from '../access/masking.ts'
import { viewerOf } from '../access/viewer.ts'
import type { FaultDesk } from './fault-desk.ts'
import type { LogFiles } from './logs/log-files.ts'
import { newestOf } from './logs/log-files.ts'
import type { SystemActions } from './system-actions.ts'
import type { SystemDesk } from './system-desk.ts'
import {
  ByPart,
  FaultBody,
  FaultsBody,
  LogBody,
  LogQueryFields,
  LogsBody,
  LogsQuery,
  PartAnswer,
  ReasonBody,
  SystemBody,
} from './system-views.ts'

export const SYSTEM_API = '/ops/api/system'

export interface SystemParts {
  readonly desk: SystemDesk
  readonly faults: FaultDesk
  readonly actions: SystemActions
  readonly logs: LogFiles
}

export function systemRoutes(app: HttpApp, { desk, faults, actions, logs }: SystemParts): void {
  app.get(
    SYSTEM_API,
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'Services, broker and databases: whether they are ready, and why not',
        response: { 200: SystemBody },
      },
    },
    async () => copied(await desk.read()),
  )

  app.post(
    `${SYSTEM_API}/parts/:part/:action`,
    {
      config: { access: 'developer', waits: true },
      schema: {
        summary: 'Stops, starts, restarts, pauses or resumes a process of the platform',
        description: 'Where whoever runs the processes lets it (npm start). What is stopped so stays stopped.',
        params: ByPart,
        body: ReasonBody,
        response: { 200: PartAnswer },
      },
    },
    async (request) => {
      const { part, action } = request.params
      return actions.act(part, action, { viewer: viewerOf(request), reason: request.body.reason })
    },
  )

  app.get(
    `${SYSTEM_API}/faults`,
    {
      config: { access: 'viewer' },
      schema: { summary: 'What can be made to go wrong in the services, and what is', response: { 200: FaultsBody } },
    },
    async () => ({ services: copied(await faults.list()) }),
  )

  app.post(
    `${SYSTEM_API}/faults`,
    {
      config: { access: 'developer' },
      schema: { summary: 'Lets something go wrong the next times', body: FaultBody, response: { 200: FaultsBody } },
    },
    async (request) => {
      const { service, reason, ...fault } = request.body
      return { services: copied(await actions.setFault(service, fault, { viewer: viewerOf(request), reason })) }
    },
  )

  app.delete(
    `${SYSTEM_API}/faults`,
    {
      config: { access: 'developer' },
      schema: { summary: 'Takes all faults back', response: { 200: FaultsBody } },
    },
    async (request) => ({
      services: copied(await actions.clearFaults({ viewer: viewerOf(request), reason: '' })),
    }),
  )

  app.get(
    `${SYSTEM_API}/logs`,
    {
      config: { access: 'operator' },
      schema: {
        summary: 'The newest lines of the logs of all services or one; then what came since the answer before',
        description: 'Only fields that are known to say nothing about persons; error texts without what they quote.',
        querystring: LogsQuery,
        response: { 200: LogsBody },
      },
    },
    async (request) => {
      const { service, since, until, limit, ...filter } = request.query
      const masker = maskerOf(viewerOf(request).role)
      const found =
        since === undefined
          ? await logs.newest(service, { ...filter, limit }, masker)
          : await logs.since(service, { since, until }, filter, masker)
      const few = since === undefined ? found : newestOf(found, limit)
      return copied({ services: await logs.services(), ...few })
    },
  )

  app.get(
    `${SYSTEM_API}/logs/:service`,
    {
      config: { access: 'operator' },
      schema: {
        summary: 'The log of a service, the newest lines first',
        description: 'Only fields that are known to say nothing about persons; error texts without what they quote.',
        params: Type.Object({ service: Type.String({ minLength: 1, maxLength: 100 }) }),
        querystring: Type.Object(LogQueryFields),
        response: { 200: LogBody },
      },
    },
    async (request) => copied(await logs.read(request.params.service, request.query, maskerOf(viewerOf(request).role))),
  )
}

/** What is read only inside may be written by whoever gets the answer. */
type Writable<T> = T extends readonly (infer Item)[]
  ? Writable<Item>[]
  : T extends object
    ? { -readonly [Name in keyof T]: Writable<T[Name]> }
    : T

const copied = <T>(value: T): Writable<T> => value as Writable<T>
