import { expect, test } from 'vitest'
import { runCrash } from './crash.ts'
import { killPlan } from './crash-run.ts'

test('the same seed kills the same processes at the same moments', () => {
  expect(killPlan(7, 20_000)).toEqual(killPlan(7, 20_000))
  expect(killPlan(7, 20_000)).not.toEqual(killPlan(8, 20_000))
})

test('every accepted order is delivered exactly once although every process is killed once under load', async () => {
  const lines: string[] = []
  try {
    const report = await runCrash({ seed: 20_260_301, orders: 500, durationMs: 14_000 }, (line) => lines.push(line))
    expect(report.differences).toEqual([])
    expect(report).toMatchObject({ orders: 500, kills: 7 })
  } catch (error) {
    console.error(lines.join('\n'))
    throw error
  }
}, 240_000)
