import type { PlatformEventOf } from '../events.ts'
import type { Colours } from './event-line.ts'
import { shortService } from './words.ts'

/** Address in the table for people; programs get the loopback address itself. */
export function display(url: string): string {
  return url.replace('//127.0.0.1:', '//localhost:')
}

export interface TableContent {
  readonly services: PlatformEventOf<'ready'>['services']
  readonly kafka: string
  readonly postgres: string
  readonly console?: string
  readonly logs: string
}

export function readyTable({ services, kafka, postgres, console: link, logs }: TableContent, colours: Colours): string {
  const rows = services.map(({ name, url, pid }) => [shortService(name), display(url), String(pid)] as const)
  const [nameWidth, urlWidth] = [0, 1].map((column) => Math.max(7, ...rows.map((row) => row[column]?.length ?? 0)))
  const table = [['service', 'url', 'pid'] as const, ...rows].map(([name, url, pid], index) => {
    const text = `  ${name.padEnd(nameWidth ?? 0)}   ${url.padEnd(urlWidth ?? 0)}   ${pid}`
    return index === 0 ? colours.dim(text) : text
  })
  const first = services.find(({ name }) => name === 'order-service') ?? services[0]
  return [
    '',
    ...table,
    '',
    ...(link === undefined ? [] : [`  Console      ${display(link)}`]),
    ...(first === undefined
      ? []
      : [`  API docs     ${display(first.url)}/docs  ${colours.dim('(each service has its own /docs)')}`]),
    `  Kafka        ${kafka}`,
    `  PostgreSQL   ${postgres}`,
    `  Logs         ${logs}`,
    '',
  ].join('\n')
}

export interface TryContent {
  readonly orderService: string
  readonly sku: string
  readonly customerId: string
  /** Command that prints a token of the customer. */
  readonly token: string
}

/** A command that works when it is pasted: a product that exists, an address that is complete, and a token. */
export function tryCommand({ orderService, sku, customerId, token }: TryContent): string {
  const body = {
    customerId,
    lines: [{ sku, quantity: 1 }],
    shippingAddress: {
      name: 'Ada Lovelace',
      line1: '12 St James Square',
      city: 'London',
      postalCode: 'SW1Y 4JH',
      country: 'GB',
    },
    paymentToken: 'tok_ok',
  }
  return `curl -sX POST ${display(orderService)}/api/orders -H "authorization: Bearer $(${token})" -H 'content-type: application/json' -d '${JSON.stringify(body)}'`
}
