import { readFileSync } from 'node:fs'
import type { Labels } from '@stocker/alerting'
import { createInhibitor, parseInhibitRules, parseRuleFile } from '@stocker/alerting'
import { describe, expect, test } from 'vitest'
import { findProgram, runWithFiles } from '../packages/alerting/test/find-program.ts'

const ops = (file: string): string => readFileSync(new URL(`../ops/${file}`, import.meta.url), 'utf8')

const amtool = findProgram('amtool', 'AMTOOL')
const FILE = 'alertmanager.yml'
const rules = parseRuleFile(ops('alerts.prom.yml'), 'alerts.prom.yml')
const inhibitRules = parseInhibitRules(ops(FILE), FILE)
const inhibitor = createInhibitor(inhibitRules)
const URGENCY = ['page', 'warn', 'ticket']

/** An alert of a shipped rule whose expression gives these labels. */
function alert(name: string, sample: Labels = {}): { readonly labels: Labels } {
  const rule = rules.find((each) => each.name === name)
  if (rule === undefined) throw new Error(`there is no rule ${name}`)
  const own = [...rule.labels].map(([label, template]) => [label, template({ labels: sample, value: 1 })])
  return { labels: { ...sample, ...Object.fromEntries(own), alertname: name } }
}

const group = (service: string): Labels => ({ consumergroup: `${service}-group` })
const metricsOf = (service: string): Labels => ({ job: service, instance: `${service}:1` })
const handler = (service: string): Labels => ({ messaging_consumer_group_name: `${service}-group` })
const console = metricsOf('console')

const down = alert('ServiceDown', metricsOf('payment-service'))
const stopped = alert('ConsumerStopped', group('payment-service'))
const stalled = alert('ConsumerStalled', { ...group('payment-service'), status: 'stalled', ...console })
const old = alert('LagTooOld', group('payment-service'))
const veryOld = alert('LagFarTooOld', group('payment-service'))
const failing = alert('HandlerFailing', { ...group('payment-service'), topic: 'order-events' })
const hangs = alert('HandlerHangs', group('payment-service'))
const backPressure = alert('BackPressure', { ...group('payment-service'), topic: 'order-events' })
const databaseAway = alert('CircuitOpen', { ...group('payment-service'), dependency: 'database' })
const locked = alert('DatabaseLocked', { service: 'payment-service', database: 'payment' })
const outbox = alert('OutboxOld', { publisher: 'payment-service' })
const outboxFar = alert('OutboxFarTooOld', { publisher: 'payment-service' })
const httpErrors = alert('HttpErrors', { job: 'payment-service' })
const slow = alert('DatabaseSlow', { job: 'payment-service', db_client_connection_pool_name: 'payment' })
const broker = alert('BrokerDown', console)
const slo = alert('OrderSloFast')

const SITUATIONS: readonly {
  readonly what: string
  readonly fires: readonly { readonly labels: Labels }[]
  readonly told: readonly { readonly labels: Labels }[]
}[] = [
  { what: 'a service that is down', fires: [down, stopped, old, veryOld, httpErrors], told: [down] },
  {
    what: 'a service that is down, and another whose listener somebody has stopped',
    fires: [
      down,
      stopped,
      alert('ConsumerStopped', group('order-service')),
      alert('LagTooOld', group('order-service')),
    ],
    told: [down, alert('ConsumerStopped', group('order-service'))],
  },
  { what: 'a listener that somebody has stopped', fires: [stopped, old, veryOld], told: [stopped] },
  { what: 'a group that stands', fires: [stalled, old, veryOld], told: [stalled] },
  { what: 'a handler that hangs', fires: [hangs, stalled, old], told: [hangs] },
  { what: 'a group that is slow', fires: [old, veryOld], told: [veryOld] },
  { what: 'a group that is slow for a short time', fires: [old], told: [old] },
  {
    what: 'a database that is away',
    fires: [databaseAway, stalled, old, veryOld, outbox, outboxFar, httpErrors, slow],
    told: [databaseAway],
  },
  {
    what: 'a table that somebody has locked',
    fires: [locked, databaseAway, stalled, old, veryOld, outbox, outboxFar, httpErrors, slow, failing, hangs],
    told: [locked],
  },
  {
    what: 'a lock in the database of one service, while that of another is away',
    fires: [alert('DatabaseLocked', { service: 'order-service', database: 'order' }), databaseAway],
    told: [alert('DatabaseLocked', { service: 'order-service', database: 'order' }), databaseAway],
  },
  {
    what: 'something else than its database that a group needs',
    fires: [alert('CircuitOpen', { ...group('payment-service'), dependency: 'gateway' }), old, httpErrors],
    told: [alert('CircuitOpen', { ...group('payment-service'), dependency: 'gateway' }), httpErrors],
  },
  {
    what: 'a broker that is away',
    fires: [
      broker,
      stopped,
      alert('ConsumerStopped', group('order-service')),
      old,
      veryOld,
      outbox,
      outboxFar,
      alert('NoLeader', { topic: 'order-events', partition: '0', ...console }),
      alert('UnderReplicated', { topic: 'order-events', partition: '0', ...console }),
    ],
    told: [broker],
  },
  { what: 'a broker and a service that are away', fires: [broker, down, stopped, old], told: [broker, down] },
  {
    what: 'partitions without leaders although all brokers are there',
    fires: [
      alert('NoLeader', { topic: 'order-events', partition: '0', ...console }),
      alert('UnderReplicated', { topic: 'order-events', partition: '0', ...console }),
      alert('UnderReplicated', { topic: 'order-events', partition: '1', ...console }),
    ],
    told: [
      alert('NoLeader', { topic: 'order-events', partition: '0', ...console }),
      alert('UnderReplicated', { topic: 'order-events', partition: '1', ...console }),
    ],
  },
  {
    what: 'records that fail, more and more of them',
    fires: [backPressure, failing, alert('PoisonMessage', group('payment-service')), stalled, old],
    told: [backPressure],
  },
  {
    what: 'a storm of retries',
    fires: [alert('RetryStorm', handler('payment-service')), failing, alert('PoisonMessage', group('payment-service'))],
    told: [alert('RetryStorm', handler('payment-service'))],
  },
  { what: 'an outbox that waits for long', fires: [outbox, outboxFar], told: [outboxFar] },
  {
    what: 'a gateway that does not answer',
    fires: [alert('OutboundCallsFailing', { name: 'gateway' }), alert('OutboundCallOld', { name: 'gateway' })],
    told: [alert('OutboundCallOld', { name: 'gateway' })],
  },
  {
    what: 'many dead letters at once, and one of another group',
    fires: [
      alert('DeadLetterBurst', group('payment-service')),
      alert('DeadLetterArrived', { ...group('payment-service'), topic: 'order-events' }),
      alert('DeadLetterArrived', { ...group('order-service'), topic: 'payment-events' }),
    ],
    told: [
      alert('DeadLetterBurst', group('payment-service')),
      alert('DeadLetterArrived', { ...group('order-service'), topic: 'payment-events' }),
    ],
  },
  {
    what: 'orders that are late, whatever the cause',
    fires: [broker, down, databaseAway, slo],
    told: [broker, down, databaseAway, slo],
  },
]

describe('who is told when several alerts fire together', () => {
  test.each(SITUATIONS)('$what: the cause, once', ({ fires, told }) => {
    const inhibits = inhibitor(fires)

    expect(fires.filter(({ labels }) => inhibits(labels).length === 0)).toEqual(told)
  })
})

describe('the inhibit rules', () => {
  /** Alerts of all rules that have as many labels in common as they can. */
  const everything = rules.map(({ name }) =>
    alert(name, {
      ...metricsOf('order-service'),
      ...group('order-service'),
      ...handler('order-service'),
      publisher: 'order-service',
      service: 'order-service',
      name: 'gateway',
      dependency: 'database',
      topic: 'order-events',
      partition: '0',
    }),
  )
  const inhibits = inhibitor(everything)
  const nameOf = ({ labels }: { readonly labels: Labels }): string => labels.alertname ?? ''

  test('name alerts that there are, and each of them can happen', () => {
    const named = inhibitRules.flatMap(({ source, target }) =>
      [...source, ...target].filter(({ label }) => label === 'alertname').flatMap(({ value }) => value.split('|')),
    )

    expect(named.filter((name) => !rules.some((rule) => rule.name === name))).toEqual([])
    for (const rule of inhibitRules) {
      const inhibitsBy = createInhibitor([rule])(everything)
      expect([rule, everything.some(({ labels }) => inhibitsBy(labels).length > 0)]).toEqual([rule, true])
    }
  })

  test('never let the less urgent hold back the more urgent', () => {
    const urgency = ({ labels }: { readonly labels: Labels }): number => URGENCY.indexOf(labels.severity ?? '')
    for (const each of everything) {
      const lesser = inhibits(each.labels).filter((cause) => urgency(cause) > urgency(each))
      expect([nameOf(each), lesser.map(nameOf)]).toEqual([nameOf(each), []])
    }
  })

  test('never hold back the objective, which customers feel', () => {
    for (const each of everything.filter((one) => nameOf(one).startsWith('OrderSlo')))
      expect([nameOf(each), inhibits(each.labels).map(nameOf)]).toEqual([nameOf(each), []])
  })

  test('always leave a first cause to be told: nothing is held back in a circle', () => {
    const causesOf = new Map(everything.map((each) => [nameOf(each), inhibits(each.labels).map(nameOf)]))
    const onTheWay = new Set<string>()
    const visit = (name: string): void => {
      expect([...onTheWay]).not.toContain(name)
      onTheWay.add(name)
      for (const cause of causesOf.get(name) ?? []) visit(cause)
      onTheWay.delete(name)
    }
    for (const name of causesOf.keys()) visit(name)
  })

  test.skipIf(amtool === undefined)('are in a file that Alertmanager takes as it is', () => {
    expect(runWithFiles(amtool ?? '', { [FILE]: ops(FILE) }, ['check-config', FILE])).toEqual({
      ok: true,
      output: expect.stringContaining(`${inhibitRules.length} inhibit rules`),
    })
  })
})
