import type { Connections } from '../postgres/connections.ts'
import { liveSagas, overdueSagas } from '../postgres/saga-figure-rows.ts'
import type { AnySaga } from './saga.ts'
import { stagesOf } from './saga-registry.ts'

/** A deadline that is due fires within moments; one that has not after this has nobody who fires it. */
const OVERDUE_AFTER_MS = 5_000

export interface SagaStageFigures {
  readonly stage: string
  readonly instances: number
  /** How long the instance that has been in the stage for longest has been in it; 0 when there is none. */
  readonly oldestSeconds: number
}

export interface SagaFigures {
  readonly saga: string
  /** Instances that have not ended; counted up to 100,000 over all sagas, as all numbers here. */
  readonly active: number
  /** Deadlines of its instances that were due more than 5 s ago and have not fired. */
  readonly overdue: number
  /** One for each stage that the saga has. */
  readonly stages: readonly SagaStageFigures[]
}

/** Two indexed questions in one round trip, whatever the number of sagas that have ended. */
export async function readSagaFigures(
  connections: Connections,
  sagas: readonly AnySaga[],
  now: Date,
): Promise<readonly SagaFigures[]> {
  if (sagas.length === 0) return []
  const [live = [], overdue = []] = await connections.read(
    'counting sagas',
    liveSagas(now),
    overdueSagas(new Date(now.getTime() - OVERDUE_AFTER_MS)),
  )
  const late = new Map(overdue.map(([scope, count]) => [scope as string, Number(count)]))
  return sagas.map((saga) => {
    const found = new Map(
      live.flatMap(([name, stage, count, oldest]) =>
        name === saga.name ? [[stage as string, { instances: Number(count), oldestSeconds: Number(oldest) }]] : [],
      ) as [string, Omit<SagaStageFigures, 'stage'>][],
    )
    const stages = [...new Set([...stagesOf(saga), ...found.keys()])].map((stage) => {
      const { instances = 0, oldestSeconds = 0 } = found.get(stage) ?? {}
      return { stage, instances, oldestSeconds: Math.max(0, oldestSeconds) }
    })
    return {
      saga: saga.name,
      active: stages.reduce((sum, { instances }) => sum + instances, 0),
      overdue: late.get(`saga:${saga.name}`) ?? 0,
      stages,
    }
  })
}
