import type { Deadlines, OutboundCalls } from '@stocker/cqrs'
import { Type } from 'typebox'
import type { HttpApp } from '../http/create-http-app.ts'
import { defineProblems } from '../http/problem.ts'
import type { Logger } from '../logging/create-logger.ts'
import type { EventListener } from '../messaging/event-listener.ts'

const problems = defineProblems({
  NOTHING_WAITS: {
    status: 404,
    title: 'Nothing of this name waits here',
    hint: 'It may have happened meanwhile. What waits for a retry is known to the process that holds its partition.',
  },
  ALREADY_UNDER_WAY: {
    status: 409,
    title: 'It is under way already',
    hint: 'Nothing has to be done. Look again in a moment.',
  },
  REFUSED_BEFORE_ITS_TIME: { status: 409, title: 'It is refused before its time', hint: 'It happens when it is due.' },
  RUN_FAILED: {
    status: 409,
    title: 'It was tried, and failed',
    hint: 'It is tried again, as after any failure. The log of the service has the cause.',
  },
})

const Name = (description: string) => Type.String({ minLength: 1, maxLength: 200, description })
const Started = Type.Object({
  status: Type.Enum(['started', 'fired', 'due'], {
    description: 'started: the call is made. fired: the deadline has taken effect. due: the record is handed out',
  }),
  attempt: Type.Optional(Type.Integer({ description: 'Of a call: which it is, from 1' })),
})

export interface RunNowParts {
  readonly calls: readonly OutboundCalls[]
  readonly deadlines: Deadlines | undefined
  readonly listener: EventListener | undefined
  readonly logger: Logger
}

/** Lets operators have done at once what waits for a time to come. It is the same call, deadline or record: it takes effect once, whoever was faster. */
export function runNowRoutes(app: HttpApp, { calls, deadlines, listener, logger }: RunNowParts): void {
  const config = { access: 'staff' } as const
  const schema = { tags: ['operations'], response: { 200: Started } }
  if (calls.length > 0) {
    app.post(
      '/ops/outbound-calls/:key/run-now',
      {
        config,
        schema: {
          ...schema,
          summary: 'Makes a call that failed again at once, with the same key, instead of at its next attempt',
          params: Type.Object({ key: Name('Its idempotency key') }),
        },
      },
      async ({ params: { key } }) => {
        for (const call of calls) {
          const run = await call.runNow(key)
          if (run.status === 'unknown') continue
          const { status, attempt } = run
          if (status === 'under-way')
            throw problems('ALREADY_UNDER_WAY', `Attempt ${attempt} of ${key} to ${call.name} is being made.`)
          logger.warn({ calls: call.name, key, attempt }, 'an operator has an outbound call made at once')
          return { status, attempt }
        }
        throw problems('NOTHING_WAITS', `No call ${key} waits for an answer.`)
      },
    )
  }
  if (deadlines !== undefined) {
    app.post(
      '/ops/deadlines/:scope/:id/:name/run-now',
      {
        config,
        schema: {
          ...schema,
          summary: 'Fires a deadline now: what would come of it at its time comes of it now, and cannot be taken back',
          params: Type.Object({
            scope: Name('`saga:<name>` or `aggregate:<name>`'),
            id: Name('Of the saga or aggregate'),
            name: Name('Of the deadline'),
          }),
        },
      },
      async ({ params }) => {
        const run = await deadlines.runNow(params)
        const what = `Deadline ${params.name} of ${params.scope} ${params.id}`
        switch (run.status) {
          case 'fired':
            logger.warn({ deadline: params }, 'an operator has a deadline fired before its time')
            return { status: run.status }
          case 'under-way':
            throw problems('ALREADY_UNDER_WAY', `${what} is being fired.`)
          case 'unknown':
            throw problems('NOTHING_WAITS', `${what} is not scheduled.`)
          case 'rejected':
            throw problems('REFUSED_BEFORE_ITS_TIME', `${what}: ${run.rejection.rejected}, ${run.rejection.message}`)
          case 'failed':
            throw problems('RUN_FAILED', `${what} failed with ${run.error.code}.`)
        }
      },
    )
  }
  if (listener !== undefined) {
    app.post(
      '/ops/listener/retries/run-now',
      {
        config,
        schema: {
          ...schema,
          summary: 'Hands a record that failed out again at once; the later ones of its key wait behind it as before',
          body: Type.Object(
            {
              key: Type.String({ minLength: 1, maxLength: 1_000, description: 'Of the record' }),
              topic: Type.Optional(Name('Default: whatever topic it failed in')),
            },
            { additionalProperties: false },
          ),
        },
      },
      async ({ body: { key, topic } }) => {
        const status = listener.container.retryNow(key, topic)
        const what = `of key ${key}${topic === undefined ? '' : ` in ${topic}`}`
        if (status === 'under-way') throw problems('ALREADY_UNDER_WAY', `A record ${what} is being handled.`)
        if (status === 'unknown') throw problems('NOTHING_WAITS', `No record ${what} waits for a retry.`)
        logger.warn({ key, topic }, 'an operator has a failed record handled at once')
        return { status }
      },
    )
  }
}
