import { expect, test } from 'vitest'
import { chaosPlan } from './chaos/plan.ts'
import { runChaos } from './chaos.ts'

test('the same seed makes the same kills and the same traffic', () => {
  expect(chaosPlan({ seed: 7, durationMs: 20_000 })).toEqual(chaosPlan({ seed: 7, durationMs: 20_000 }))
  expect(chaosPlan({ seed: 7, durationMs: 20_000 })).not.toEqual(chaosPlan({ seed: 8, durationMs: 20_000 }))
})

test('whatever dies and whenever, every order comes to exactly one end, and money and stock are right', async () => {
  const lines: string[] = []
  try {
    const report = await runChaos({ seed: 20_260_301, durationMs: 20_000 }, (line) => lines.push(line))
    expect(report.differences).toEqual([])
    expect(report.orders).toBe(160)
  } catch (error) {
    console.error(lines.join('\n'))
    throw error
  }
}, 300_000)
