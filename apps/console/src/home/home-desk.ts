import type { DeadLetterFigures } from '@stocker/dead-letters'
import { maskerOf } from '../access/masking.ts'
import type { Viewer } from '../access/roles.ts'
import { mayActAs } from '../access/roles.ts'
import type { AlertDesk } from '../alerts/alert-desk.ts'
import type { AlertsFrame } from '../alerts/alert-views.ts'
import { isHeldBack } from '../alerts/held-back.ts'
import type { ConsoleParts } from '../feature.ts'
import type { OrdersDesk } from '../orders/orders-desk.ts'
import type { FaultDesk } from '../system/fault-desk.ts'
import { freshFor } from '../system/fresh-for.ts'
import type { ServiceStateName } from '../system/service-states.ts'
import type { SystemDesk } from '../system/system-desk.ts'
import type { Health } from './health-sentence.ts'
import { healthOf } from './health-sentence.ts'
import type { OrderFigures } from './order-figures.ts'
import { figuresAt } from './order-figures.ts'

/** An alert that fires, as Home shows it. */
export interface HomeAlert {
  readonly name: string
  readonly severity: string
  /** A sentence. */
  readonly summary: string
  /** ISO 8601. */
  readonly since: string
  /** Where to look first. */
  readonly href: string
}

export interface StuckLine {
  readonly orderId: string
  readonly status: string
  readonly since: string
  readonly sentence: string
}

export interface HomeView {
  /** ISO 8601. */
  readonly at: string
  readonly health: Health
  readonly figures: OrderFigures
  /** Those that fire and of which somebody is told, the most urgent first. */
  readonly alerts: readonly HomeAlert[]
  readonly stuckCount: number
  readonly openDeadLetters: number
  /** null: this role does not see single orders. */
  readonly stuck: readonly StuckLine[] | null
  readonly services: readonly { readonly name: string; readonly state: ServiceStateName; readonly detail: string }[]
}

export interface HomeSources {
  readonly system: SystemDesk
  readonly faults: FaultDesk
  readonly orders: OrdersDesk
  readonly consumers: ConsoleParts['consumers']
  readonly deadLetters: Pick<DeadLetterFigures, 'open'>
  readonly alerts: Pick<AlertDesk, 'frame' | 'samples'>
}

export interface HomeDesk {
  read(viewer: Viewer): Promise<HomeView>
}

const STUCK_SHOWN = 10
const FRESH_MS = 1_000
/** Why single orders wait is read from all databases: not for every look. */
const STUCK_FRESH_MS = 3_000

export function createHomeDesk(sources: HomeSources): HomeDesk {
  const { system, faults, orders, consumers, deadLetters, alerts } = sources
  const base = freshFor(FRESH_MS, async () => {
    const [view, set, open] = await Promise.all([
      system.read(),
      faults.list(),
      // Without the console's own database: the sentence says that it is away.
      deadLetters.open().catch(() => []),
    ])
    const openDeadLetters = open.reduce((sum, { count }) => sum + count, 0)
    return {
      view,
      faultsSet: set.flatMap((each) => each.faults).filter((fault) => fault.set !== null).length,
      openDeadLetters,
    }
  })
  const stuckSeen = (operator: boolean) =>
    freshFor(STUCK_FRESH_MS, () => orders.stuck(STUCK_SHOWN, maskerOf(operator ? 'operator' : 'support')))
  const stuckFor = { operator: stuckSeen(true), support: stuckSeen(false) }

  return {
    read: async (viewer) => {
      const role = mayActAs(viewer.role, 'operator') ? 'operator' : 'support'
      const [{ view, faultsSet, openDeadLetters }, stuck] = await Promise.all([
        base(),
        stuckFor[role]().catch(() => NONE_STUCK),
      ])
      const fired = firing(alerts.frame('viewer'))
      const lines = stuck.orders.map(({ orderId, status, waiting, updatedAt }) => ({
        orderId,
        status,
        since: waiting.since ?? updatedAt,
        sentence: waiting.sentence,
      }))
      const stuckCount = stuck.orders.length + stuck.more
      return {
        at: view.at,
        health: healthOf({
          services: view.services,
          brokerUp: view.broker.up,
          databasesAway: view.databases.filter(({ up }) => !up).map(({ service }) => service),
          groups: consumers
            .groups()
            .filter(({ state, service }) => service !== undefined && state.status !== 'ok')
            .map(({ sample, state }) => ({ group: sample.group, status: state.status })),
          alerts: fired,
          stuckOrders: stuckCount,
          oldestStuckMs: Math.max(0, ...lines.map(({ since }) => Date.now() - Date.parse(since))),
          openDeadLetters,
          faults: faultsSet,
        }),
        figures: figuresAt(alerts.samples, Date.now()),
        alerts: fired,
        stuckCount,
        openDeadLetters,
        stuck: mayActAs(viewer.role, 'support') ? lines : null,
        services: view.services.map(({ name, state, detail }) => ({ name, state, detail })),
      }
    },
  }
}

function firing({ alerts }: AlertsFrame): readonly HomeAlert[] {
  return alerts
    .filter((alert) => alert.state === 'firing' && !isHeldBack(alert))
    .map(({ alertname, severity, summary, firesAt, page }) => ({
      ...{ name: alertname, severity, summary, since: firesAt },
      href: page ?? '/alerts',
    }))
}

/** The database that tells does not answer: the sentence of health says that. */
const NONE_STUCK = { orders: [], more: 0 }
