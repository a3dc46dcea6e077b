import type { Timeline } from '../timeline.ts'
import { BROKEN_PARTS } from './broken-parts.ts'
import { customerWords } from './customer-words.ts'
import type { Facts, Rule } from './facts.ts'
import { FAILED_MESSAGES } from './failed-messages.ts'
import type { PlatformHealth } from './platform-health.ts'
import { QUIET_ORDERS } from './quiet-orders.ts'
import { SLOW_STEPS } from './slow-steps.ts'
import type { Waiting } from './waiting.ts'

/** From the surest to the weakest; the first that applies is the reason. */
export const WAITING_RULES: readonly Rule[] = [...FAILED_MESSAGES, ...BROKEN_PARTS, ...SLOW_STEPS, ...QUIET_ORDERS]

const SETTLED: ReadonlySet<string> = new Set(['DELIVERED', 'CANCELLED', 'RETURNED', 'LOST'])

/** What an order waits for, since when, and what to do about it: the first of {@link WAITING_RULES} that applies. Pure. */
export function explainWaiting(timeline: Timeline, health: PlatformHealth): Waiting {
  const facts: Facts = {
    timeline,
    health,
    now: Date.parse(timeline.asOf),
    open: timeline.expected
      .filter(({ kind }) => kind === 'handling' || kind === 'publication' || kind === 'call')
      .sort(bySince),
    deadlines: timeline.expected.filter(({ kind }) => kind === 'deadline'),
    settled: timeline.status !== null && SETTLED.has(timeline.status),
  }
  for (const { code, find } of WAITING_RULES) {
    const finding = find(facts)
    if (finding !== undefined) return { code, ...finding, customer: customerWords(timeline.status, finding.level) }
  }
  throw new Error('No rule applies, though the last one always does.')
}

const bySince = (a: { readonly since: string | null }, b: { readonly since: string | null }): number =>
  (a.since ?? '').localeCompare(b.since ?? '')
