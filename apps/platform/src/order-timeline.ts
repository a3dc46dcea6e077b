import { join } from 'node:path'
import { lineKind, readProblem, readSteps } from './log-line.ts'
import { LogTail } from './log-tail.ts'

export interface TimelineSource {
  /** Base URL of the order service. */
  readonly orderService: string
  /** Of somebody who works here, for the order service. */
  readonly token: string
  /** Where the console is, and who may ask it; without it only what services say and log is told. */
  readonly console?: { readonly url: string; readonly token: string }
  readonly logs: string
  readonly services: readonly string[]
}

/**
 * All that is known of one order, as text: what was done for it and what it waits for, as the console tells it, its history, and every log line that mentions
 * it. For the report of a failed test.
 */
export async function orderTimeline(orderId: string, source: TimelineSource): Promise<string> {
  const rows: (readonly [at: string, text: string])[] = []
  try {
    const response = await fetch(`${source.orderService}/api/orders/${encodeURIComponent(orderId)}`, {
      headers: { authorization: `Bearer ${source.token}` },
    })
    const order = (await response.json()) as {
      readonly history?: readonly { status: string; at: string; reason?: string }[]
    }
    if (order.history === undefined)
      rows.push(['', `order-service answers ${response.status}: ${JSON.stringify(order)}`])
    for (const { at, status, reason } of order.history ?? [])
      rows.push([at, `order is ${status}${reason === undefined ? '' : ` (${reason})`}`])
  } catch (error) {
    rows.push(['', `order-service does not answer: ${error instanceof Error ? error.message : String(error)}`])
  }
  for (const service of source.services) {
    const tail = new LogTail(join(source.logs, `${service}.ndjson`), 0)
    tail.read((line) => {
      if (line.includes(orderId)) rows.push(...describe(line, service, orderId))
    })
    tail.close()
  }
  rows.sort(([a], [b]) => a.localeCompare(b))
  const told = source.console === undefined ? [] : [await toldBy(source.console, orderId)]
  return [...told, `order ${orderId}`, ...rows.map(([at, text]) => `  ${at.padEnd(24)}  ${text}`)].join('\n')
}

async function toldBy({ url, token }: NonNullable<TimelineSource['console']>, orderId: string): Promise<string> {
  try {
    const response = await fetch(`${url}/ops/api/orders/${encodeURIComponent(orderId)}/timeline.txt`, {
      headers: { authorization: `Bearer ${token}` },
    })
    return await response.text()
  } catch (error) {
    return `the console does not answer: ${error instanceof Error ? error.message : String(error)}`
  }
}

function describe(line: Buffer, service: string, orderId: string): readonly (readonly [string, string])[] {
  const kind = lineKind(line)
  if (kind === 'published') {
    return readSteps(line, service)
      .filter(({ key }) => key === orderId)
      .map(
        ({ at, type, topic, partition, offset }) =>
          [at, `${service} published ${type} ${topic}/${partition}@${offset}`] as const,
      )
  }
  const problem = readProblem(line, service)
  if (problem === null) return []
  return [
    [
      problem.at,
      kind === 'problem' ? `${service} ${problem.level}: ${problem.message}` : `${service} ${problem.message}`,
    ],
  ]
}
