import type { Books } from './books.ts'
import type { Difference } from './difference.ts'
import { findings } from './difference.ts'
import type { OrderFile } from './order-file.ts'
import { SETTLED } from './outcome.ts'

/** A deadline may be fired this much after it was due. */
const LATE_MS = 60_000

/** An order that is not at its end must be watched by a deadline; `settled`: there must be none. */
export const openDifferences = ({ orderId, order, watched }: OrderFile, settled: boolean): readonly Difference[] => {
  const { report, found } = findings(`order ${orderId}`)
  if (order === undefined || SETTLED.has(order.status)) return found
  if (settled) report('ORDER_OPEN', `it is still ${order.status}`)
  if (!watched) report('ORDER_STRANDED', `it is ${order.status} and has no deadline`)
  return found
}

/** Whatever is waited for has something that ends the waiting. */
export const waitDifferences = ({
  sagas,
  deadlines,
  calls,
}: Pick<Books, 'sagas' | 'deadlines' | 'calls'>): readonly Difference[] => [
  ...sagas
    .filter((saga) => saga.deadlines === 0)
    .map(
      ({ saga, id }) => ({ kind: 'SAGA_STRANDED', about: `saga ${saga} ${id}`, text: 'it waits for ever' }) as const,
    ),
  ...deadlines
    .filter(({ overdueMs }) => overdueMs > LATE_MS)
    .map(
      ({ service, scope, id, name, lastError }) =>
        ({
          kind: 'DEADLINE_OVERDUE',
          about: `${scope} ${id}`,
          text: `${name} of ${service} was due more than a minute ago${because(lastError)}`,
        }) as const,
    ),
  ...calls.map(
    ({ service, key, lastError }) =>
      ({
        kind: 'CALL_UNFINISHED',
        about: `call ${key}`,
        text: `${service} has no answer yet${because(lastError)}`,
      }) as const,
  ),
]

const because = (lastError: string | null): string => (lastError === null ? '' : ` (${lastError})`)
