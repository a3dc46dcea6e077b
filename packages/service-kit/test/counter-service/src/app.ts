import type { MessageHandlers } from '@stocker/cqrs'
import { Type } from 'typebox'
import type { DecodeRecord, Logger, Service } from '../../../src/index.ts'
import { createService, defineProblems, idempotencyOf, traceOf } from '../../../src/index.ts'
import type { CounterConfig } from './config.ts'
import { counter } from './counter.ts'

const problems = defineProblems({ TOO_MUCH: { status: 422, title: 'The counter is full' } })

const View = Type.Object({ counterId: Type.String(), total: Type.Integer() })

interface AddRequested {
  readonly eventId: string
  readonly counterId: string
  readonly by: number
}

const decode: DecodeRecord = ({ value, topic, partition, offset, key, headers }) => {
  const { eventId, counterId, by } = value as AddRequested
  if (counterId === 'skip-me') return 'skip'
  if (counterId === 'throw') throw new Error('the decoder is broken')
  if (!Number.isInteger(by))
    return { undecodable: 'SCHEMA_VIOLATION', message: `by must be an integer in ${counterId}` }
  const traceparent = headers.find((header) => header.key === 'traceparent')?.value.toString()
  return {
    id: eventId,
    type: 'AddRequested',
    key,
    data: { counterId, by },
    correlationId: counterId,
    ...(traceparent !== undefined && { traceparent }),
    source: { topic, partition, offset },
  }
}

/** Set by a test to make the handler of one counter fail. */
export const faults = new Set<string>()

/** An amount at which the handler fails whenever it comes. */
export const POISON = 999_999

/** An amount at which the database is at it for as long as it may be, whenever it comes. */
export const ENDLESS = 877

/** An amount that is taken from a row of the table `shelves`, which the test makes. */
export const SHELVED = 887

/** Set by a request to make the stop hang. */
let hangs = false

const handlers: MessageHandlers = {
  AddRequested: ({ data }, unit) => {
    const { counterId, by } = data as AddRequested
    if (faults.has(counterId)) throw new Error(`${counterId} cannot be handled`)
    if (by === POISON) throw new TypeError(`${by} is a number that no handler can bear`)
    if (by === ENDLESS) unit.write({ text: 'select pg_sleep(3600)', values: [] })
    if (by === SHELVED)
      unit.write({ text: 'update shelves set pieces = pieces - 1 where name = $1', values: [counterId] })
    unit.execute(counter, counterId, { type: 'Add', data: { counterId, by } })
  },
}

/** A small but complete service: counts what HTTP requests and records ask it to count, and tells it to the world. */
export const createApp = ({ topics, ...config }: CounterConfig, logger?: Logger): Service =>
  createService({
    name: 'counter-service',
    version: '1.0.0',
    description: 'Counts',
    config,
    ...(logger && { logger }),
    aggregates: [counter],
    topics: [
      { name: topics.events, partitions: 2 },
      { name: topics.requests, partitions: 1 },
    ],
    wire: ({ store, bus, stopping }) => ({
      background: [{ start: () => {}, stop: () => (hangs ? new Promise(() => {}) : Promise.resolve()) }],
      routes: (app) => {
        app.post(
          '/counters/:counterId',
          {
            schema: {
              params: Type.Object({ counterId: Type.String() }),
              body: Type.Object({ by: Type.Integer({ minimum: 1 }) }, { additionalProperties: false }),
              response: { 200: View },
            },
          },
          async (request) => {
            const { counterId } = request.params
            const result = await bus.execute(
              counter,
              counterId,
              { type: 'Add', data: { counterId, by: request.body.by } },
              { correlationId: counterId, ...idempotencyOf(request), ...traceOf(request) },
            )
            if (result.status === 'rejected') throw problems.from(result.rejection)
            return { counterId, total: result.state.total }
          },
        )
        app.get(
          '/counters/:counterId',
          { schema: { params: Type.Object({ counterId: Type.String() }) } },
          async ({ params }) => {
            const { state } = await store.load(counter, params.counterId)
            return { counterId: params.counterId, total: state.total }
          },
        )
        let held = 0
        app.get('/hang-on-stop', () => {
          hangs = true
          return {}
        })
        app.get('/never', () => {
          held += 1
          return new Promise(() => {})
        })
        app.get('/held', () => ({ held }))
        app.get('/crash', () => {
          setImmediate(() => {
            throw new Error('crashed on request')
          })
          return {}
        })
        app.get('/until-stop', { config: { waits: true } }, async () => {
          await new Promise((resolve) => stopping.addEventListener('abort', resolve, { once: true }))
          // Not at once, so that the answer comes when the server has long stopped listening.
          await new Promise((resolve) => setTimeout(resolve, 300))
          return { stopped: true }
        })
      },
      listen: { topics: [topics.requests], handlers, decode },
      publish: {
        topics: [topics.events],
        map: ({ type, data }) =>
          type === 'Added'
            ? { topic: topics.events, key: (data as AddRequested).counterId, data: data as object }
            : null,
        encode: ({ id, type, occurredAt, metadata }, data) => ({
          eventId: id,
          eventType: type,
          occurredAt,
          ...metadata,
          ...data,
        }),
      },
    }),
  })
