import { deadLetterMigrations } from '@stocker/dead-letters'
import { createLogger, ProblemError } from '@stocker/service-kit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../../../../test/servers.ts'
import { createTestDatabase } from '../../../../test/servers.ts'
import type { ActionLog } from '../../src/audit/action-log.ts'
import { createActionLog } from '../../src/audit/action-log.ts'
import { listActions } from '../../src/audit/action-queries.ts'
import { auditMigrations } from '../../src/audit/migrations.ts'

const VIEWER = { name: 'grace', role: 'operator' } as const
const log: string[] = []

let database: TestDatabase
let pool: pg.Pool
let actions: ActionLog
beforeAll(async () => {
  database = await createTestDatabase()
  pool = new pg.Pool({ connectionString: database.url })
  for (const { up } of [...deadLetterMigrations, ...auditMigrations]) await pool.query(up)
  const logger = createLogger({ service: 'console', level: 'trace', destination: { write: (line) => log.push(line) } })
  actions = createActionLog(pool, logger)
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})

const entry = (action: string) => ({ viewer: VIEWER, action, target: `order:${action}`, reason: 'to see it' })
const kept = async (action: string) => (await listActions(pool, { action }, { limit: 10 })).actions

describe('the audit of an action', () => {
  it('has it before it is done, and what became of it afterwards', async () => {
    const seen = await actions.perform(
      { ...entry('cancel'), before: { state: 'open' } },
      () => kept('cancel'),
      () => ({ after: { state: 'cancelled' } }),
    )

    const whole = { who: 'grace', role: 'operator', target: 'order:cancel', reason: 'to see it' }
    expect(seen).toMatchObject([{ ...whole, before: { state: 'open' }, after: null, result: 'started' }])
    expect(await kept('cancel')).toMatchObject([
      { ...whole, before: { state: 'open' }, after: { state: 'cancelled' }, result: 'done' },
    ])
  })

  it('names what was made by it when that has an id', async () => {
    await actions.perform(
      entry('silence'),
      () => 17,
      (id) => ({ target: `silence:${id}` }),
    )

    expect(await kept('silence')).toMatchObject([{ target: 'silence:17', result: 'done' }])
  })

  it('has the code of what refused it, which who ordered it is told', async () => {
    const refused = new ProblemError({ code: 'GROUP_HAS_MEMBERS', status: 409, title: 'It has members' }, 'Two.')
    const work = actions.perform(entry('reset'), () => Promise.reject(refused))

    await expect(work).rejects.toBe(refused)
    await expect(actions.perform(entry('reset'), () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await kept('reset')).toMatchObject([{ result: 'failed' }, { result: 'GROUP_HAS_MEMBERS' }])
  })

  it('says that nobody knows when the console ended in between: not at once, but after a minute', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const work = actions.perform(entry('pause'), () => {
      begun.resolve()
      return promise
    })
    await begun.promise
    expect(await kept('pause')).toMatchObject([{ result: 'started' }])

    await pool.query(`update console_actions set at = at - interval '61 seconds' where action = 'pause'`)

    expect(await kept('pause')).toMatchObject([{ result: 'unknown' }])
    resolve()
    await work
    expect(await kept('pause')).toMatchObject([{ result: 'done' }])
  })

  it('is written before, or the action is not done', async () => {
    await pool.query('alter table console_actions rename to lost')
    let done = false
    const work = actions.perform(entry('stop'), () => {
      done = true
    })

    await expect(work).rejects.toThrow(/console_actions/)
    await pool.query('alter table lost rename to console_actions')
    expect(done).toBe(false)
  })

  it('may lack its outcome when the database is lost meanwhile: who ordered it is told that it was done', async () => {
    const answer = await actions.perform(entry('start'), async () => {
      await pool.query('alter table console_action_outcomes rename to lost')
      return 'done it'
    })
    await pool.query('alter table lost rename to console_action_outcomes')

    expect(answer).toBe('done it')
    expect(await kept('start')).toMatchObject([{ result: 'started' }])
    expect(log.some((line) => line.includes('could not be written into the audit'))).toBe(true)
  })
})
