import { setTimeout as delay } from 'node:timers/promises'
import type { Platform } from '@stocker/platform'
import type { CpuByProcess } from './cpu-per-order.ts'
import { cpuMs, perCount, sumOf } from './cpu-per-order.ts'
import { median } from './median.ts'
import type { Burst } from './order-bench.ts'
import { burst } from './order-bench.ts'
import { connectOrders, watchDelivered } from './orders.ts'

export interface MonitoringOptions {
  /** Orders of each burst. */
  readonly orders: number
  readonly connections: number
  /** Bursts with the console and without it, each. */
  readonly rounds: number
}

interface Round extends Pick<Burst, 'completedPerSecond'> {
  /** Of all processes, the console's and the load's own among them. */
  readonly cpuMsPerOrder: CpuByProcess
  /** Likewise, per second in which nobody orders: what watching costs by itself. */
  readonly restCpuMsPerSecond: CpuByProcess
}

type Measured = Readonly<Record<'on' | 'off', readonly Round[]>>

/** What it costs the orders that the console watches: bursts with the console running and with it stopped, in turn. A ratio above 1 is a cost. */
export async function measureMonitoring(
  platform: Platform,
  { orders, connections, rounds }: MonitoringOptions,
  log: (line: string) => void,
) {
  const load = await connectOrders(platform.url('order-service'), connections, (subject) => platform.token({ subject }))
  const delivered = await watchDelivered(platform.postgres('order'))
  const measured: Record<'on' | 'off', Round[]> = { on: [], off: [] }
  try {
    log(`warming up with ${orders * 3} orders`)
    await burst(load, delivered, orders * 3, connections)
    for (let round = 0; round < rounds; round += 1) {
      // Whoever is second in one round is first in the next: the machine's own ups and downs hit both alike.
      for (const state of round % 2 === 0 ? (['on', 'off'] as const) : (['off', 'on'] as const)) {
        await turnConsole(platform, state)
        await delay(SETTLING_MS)
        const atRest = cpuMs(platform)
        await delay(REST_MS)
        const restCpuMsPerSecond = perCount(atRest, cpuMs(platform), REST_MS / 1_000)
        // What a service gives back when it is quiet (packages/service-kit, give-back-memory) is among others compiled code; a burst that finds it gone costs a sixth more.
        await burst(load, delivered, orders / 2, connections)
        const before = cpuMs(platform)
        const { completedPerSecond } = await burst(load, delivered, orders, connections)
        const cpuMsPerOrder = perCount(before, cpuMs(platform), orders)
        measured[state].push({ completedPerSecond, cpuMsPerOrder, restCpuMsPerSecond })
        log(
          `console ${state}: ${completedPerSecond.toFixed(0)} orders/s, ${sumOf(cpuMsPerOrder).toFixed(3)} ms of CPU per order, ${sumOf(restCpuMsPerSecond).toFixed(0)} per second at rest`,
        )
      }
    }
    const on = middle(measured.on)
    const off = middle(measured.off)
    return {
      monitoring: {
        on,
        off,
        cpuRatio: middleOfRounds(measured, ({ cpuMsPerOrder }) => sumOf(cpuMsPerOrder)),
        timeRatio: middleOfRounds(measured, ({ completedPerSecond }) => 1 / completedPerSecond),
      },
    }
  } finally {
    await load.close()
    await delivered.close()
  }
}

/** Until what a start or stop has caused is over, and the console has looked at the cluster. */
const SETTLING_MS = 6_000
/** Several looks. */
const REST_MS = 10_000
const CONSOLE = 'console'

async function turnConsole(platform: Platform, state: 'on' | 'off'): Promise<void> {
  const running = platform.reports().some(({ name, state: now }) => name === CONSOLE && now !== 'stopped')
  if (running === (state === 'on')) return
  await platform.act(CONSOLE, state === 'on' ? 'start' : 'stop')
  if (state === 'on') await platform.ready()
}

/** The machine's speed changes within minutes: only the two bursts of one round are compared. */
const middleOfRounds = ({ on, off }: Measured, of: (round: Round) => number): number =>
  median(on.flatMap((round, n) => (off[n] === undefined ? [] : of(round) / of(off[n]))))

/** The median of each figure: one burst that somebody else on the machine disturbed decides nothing. */
const middle = (rounds: readonly Round[]): Round => ({
  completedPerSecond: median(rounds.map(({ completedPerSecond }) => completedPerSecond)),
  cpuMsPerOrder: middleOfEach(rounds.map(({ cpuMsPerOrder }) => cpuMsPerOrder)),
  restCpuMsPerSecond: middleOfEach(rounds.map(({ restCpuMsPerSecond }) => restCpuMsPerSecond)),
})

const middleOfEach = (looks: readonly CpuByProcess[]): CpuByProcess =>
  Object.fromEntries(Object.keys(looks[0] ?? {}).map((name) => [name, median(looks.map((look) => look[name] ?? 0))]))
