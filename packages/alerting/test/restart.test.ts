import type { Pool } from 'pg'
import { describe, expect, test } from 'vitest'
import type { FormerPending } from '../src/index.ts'
import {
  createRuleEngine,
  createSampleStore,
  longSelectorsOf,
  PendingLog,
  parseRuleFile,
  RESTORE_DEFAULTS,
  restoredActiveAtMs,
  retentionOf,
  SampleLog,
} from '../src/index.ts'
import { T0, useDesk } from './desk.ts'

const { openDatabase } = useDesk()
const S = 1_000
const M = 60 * S
const RULES = parseRuleFile(
  `groups: [{ name: g, rules: [
    { alert: Lagging, expr: lag > 5, for: 10m },
    { alert: Burning, expr: 'sum(increase(orders{outcome="late"}[3d])) > 30' },
    { alert: Stuck, expr: 'increase(moves[10m]) == 0' }
  ] }]`,
  'rules.yml',
)

/** A process with rules on a database; seconds are since T0. */
async function processOn(pool: Pool, startsAt: number) {
  const store = createSampleStore({ retention: retentionOf(RULES, 0) })
  const engine = createRuleEngine({ rules: RULES, store })
  const pending = new PendingLog(pool)
  const samples = new SampleLog({ pool, store, rules: RULES })
  const restored = await samples.restore(T0 + startsAt * S)
  engine.takeOver([], T0 + startsAt * S, await pending.read())
  return {
    restored,
    engine,
    /** Scrapes these values, evaluates, writes down; answers what is pending and firing. */
    round: async (second: number, values: Readonly<Record<string, number>>) => {
      const atMs = T0 + second * S
      for (const [name, value] of Object.entries(values))
        store
          .series({ __name__: name, job: 'order', ...(name === 'orders' && { outcome: 'late' }) })
          ?.append(atMs, value)
      engine.evaluate(atMs)
      const alerts = engine.alerts()
      await pending.sync(
        alerts.filter(({ state }) => state === 'pending'),
        atMs,
      )
      await samples.keep(atMs)
      return alerts.map(({ rule, state }) => `${rule.name} ${state}`)
    },
  }
}

const rowsOf = async (pool: Pool, table: string): Promise<number> =>
  Number((await pool.query(`select count(*) from ${table}`)).rows[0].count)

describe('after a restart', () => {
  test('a pending alert goes on from where it was; the outage does not count', async () => {
    const { pool } = await openDatabase()
    const before = await processOn(pool, 0)
    expect(await before.round(0, { lag: 9 })).toEqual(['Lagging pending'])
    expect(await before.round(240, { lag: 9 })).toEqual(['Lagging pending'])

    const after = await processOn(pool, 300)
    expect(await after.round(300, {})).toEqual([])
    expect(await after.round(310, { lag: 9 })).toEqual(['Lagging pending'])
    expect(after.engine.alerts()[0]?.activeAtMs).toBe(T0 + 70 * S)
    expect(await after.round(669, { lag: 9 })).toEqual(['Lagging pending'])
    expect(await after.round(670, { lag: 9 })).toEqual(['Lagging firing'])
    expect(await rowsOf(pool, 'alert_pending')).toBe(0)
  })

  test('what was pending and did not come back within a minute begins anew', async () => {
    const { pool } = await openDatabase()
    await (await processOn(pool, 0)).round(0, { lag: 9 })

    const after = await processOn(pool, 300)
    await after.round(361, { lag: 9 })

    expect(after.engine.alerts()[0]?.activeAtMs).toBe(T0 + 361 * S)
  })

  test('an alert that was dropped is not pending any more', async () => {
    const { pool } = await openDatabase()
    const before = await processOn(pool, 0)
    await before.round(0, { lag: 9 })
    await before.round(5, { lag: 1 })

    const after = await processOn(pool, 10)
    await after.round(10, { lag: 9 })

    expect(after.engine.alerts()[0]?.activeAtMs).toBe(T0 + 10 * S)
  })

  test('ranges over days have their past: one sample of a minute of each series that they look at', async () => {
    const { pool } = await openDatabase()
    const before = await processOn(pool, 0)
    for (let second = 0; second <= 3_600; second += 10) {
      const fires = await before.round(second, { orders: second / 100, moves: 1, lag: 0 })
      if (second === 3_600) expect(fires).toContain('Burning firing')
    }
    expect(await rowsOf(pool, 'alert_samples')).toBe(61)
    expect(await rowsOf(pool, 'alert_series')).toBe(1)

    const after = await processOn(pool, 3_700)
    expect(after.restored).toBe(61)
    expect(await after.round(3_700, { orders: 37 })).toEqual(['Burning firing'])
    expect((await processOn(pool, 3 * 86_400 + 3_761)).restored).toBe(0)
  })

  test('samples that no range reaches any more are deleted', async () => {
    const { pool } = await openDatabase()
    const before = await processOn(pool, 0)
    await before.round(0, { orders: 1 })
    const later = 4 * 86_400

    await (await processOn(pool, later)).round(later, { orders: 2 })

    expect((await pool.query('select value from alert_samples')).rows).toEqual([{ value: 2 }])
    expect(await rowsOf(pool, 'alert_series')).toBe(1)
  })
})

test('only what rules look at for longer than ten minutes is kept', () => {
  expect(longSelectorsOf(RULES, 10 * M).map(({ metric }) => metric)).toEqual(['orders'])
})

describe('since when a restored alert counts as active', () => {
  const pending = (activeAt: number, seenAt: number): FormerPending => ({
    fingerprint: 'f',
    activeAtMs: activeAt * M,
    seenAtMs: seenAt * M,
  })
  const restored = (former: FormerPending, forMinutes: number, now: number, graceMinutes = 10): number | undefined => {
    const atMs = restoredActiveAtMs(former, forMinutes * M, now * M, {
      ...RESTORE_DEFAULTS,
      forGracePeriodMs: graceMinutes * M,
    })
    return atMs === undefined ? undefined : atMs / M
  }

  // With Prometheus' grace of ten minutes.
  test.each([
    {
      what: 'much of the time is left: it is put off by the outage',
      former: pending(0, 5),
      forMinutes: 30,
      now: 15,
      expected: 10,
    },
    { what: 'little is left: the grace', former: pending(0, 25), forMinutes: 30, now: 30, expected: 10 },
    { what: 'it fired before: it fires at once', former: pending(0, 30), forMinutes: 30, now: 50, expected: 0 },
    {
      what: 'the rule holds for less than the grace: anew',
      former: pending(0, 5),
      forMinutes: 9,
      now: 6,
      expected: undefined,
    },
    {
      what: 'the outage was longer than an hour: anew',
      former: pending(0, 5),
      forMinutes: 30,
      now: 66,
      expected: undefined,
    },
    { what: 'the outage was an hour', former: pending(0, 5), forMinutes: 30, now: 65, expected: 60 },
  ])('$what', ({ former, forMinutes, now, expected }) => {
    expect(restored(former, forMinutes, now)).toBe(expected)
  })
})
