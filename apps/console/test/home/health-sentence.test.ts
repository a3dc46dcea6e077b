import { describe, expect, it } from 'vitest'
import type { Condition } from '../../src/home/health-sentence.ts'
import { healthOf } from '../../src/home/health-sentence.ts'

const WELL: Condition = {
  services: ['cart-service', 'order-service', 'payment-service'].map((name) => ({ name, state: 'ready' as const })),
  brokerUp: true,
  databasesAway: [],
  groups: [],
  alerts: [],
  stuckOrders: 0,
  oldestStuckMs: 0,
  openDeadLetters: 0,
  faults: 0,
}

describe('the sentence of health', () => {
  it('says that all is well when nothing is wrong', () => {
    expect(healthOf(WELL)).toEqual({
      kind: 'ok',
      sentence: 'All is well: 3 services are ready, and every order moves on.',
    })
  })

  it.each<[Partial<Condition>, string, string]>([
    [{ brokerUp: false }, 'bad', 'The broker does not answer, so events wait in the databases.'],
    [{ services: [{ name: 'payment-service', state: 'away' }] }, 'bad', 'Payment-service is away.'],
    [{ services: [{ name: 'payment-service', state: 'starting' }] }, 'warn', 'Payment-service is starting.'],
    [
      { databasesAway: ['cart-service', 'order-service'] },
      'bad',
      'The database of cart-service and order-service does not answer.',
    ],
    [{ alerts: [{ name: 'OutboxOld', severity: 'warn' }] }, 'warn', '1 alert fires.'],
    [
      {
        alerts: [
          { name: 'OutboxOld', severity: 'warn' },
          { name: 'ServiceDown', severity: 'page' },
        ],
      },
      'bad',
      '2 alerts fire.',
    ],
    [{ stuckOrders: 1, oldestStuckMs: 252_000 }, 'bad', '1 order does not move on, the oldest for 4 min 12 s.'],
    [
      { groups: [{ group: 'order-service-group', status: 'falling_behind' }] },
      'warn',
      'Order-service-group is falling behind.',
    ],
    [{ openDeadLetters: 2 }, 'warn', '2 dead letters wait for somebody.'],
    [{ faults: 2 }, 'info', '2 faults are set on purpose.'],
  ])('says what is wrong: %j', (wrong, kind, sentence) => {
    expect(healthOf({ ...WELL, ...wrong })).toEqual({ kind, sentence })
  })

  it('begins with what matters most, and is as bad as the worst of it', () => {
    const { kind, sentence } = healthOf({
      ...WELL,
      services: [
        { name: 'payment-service', state: 'paused' },
        { name: 'order-service', state: 'not ready' },
      ],
      stuckOrders: 3,
      oldestStuckMs: 61_000,
      faults: 1,
    })

    expect(kind).toBe('bad')
    expect(sentence).toBe(
      'Payment-service is paused; order-service is not ready; 3 orders do not move on, the oldest for 1 min 1 s; 1 fault is set on purpose.',
    )
  })
})
