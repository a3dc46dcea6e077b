import { parseArgs } from 'node:util'
import type { Part } from './run.ts'
import { PARTS, runBench } from './run.ts'
import { printTable } from './table.ts'

const USAGE = `npm run bench -- [part ...] [--orders 10000] [--connections 32] [--rate 20] [--seconds 30] [--rounds 4]

parts (all by default):
  orders      burst and latency of orders through the whole platform, start-up, memory
  kafka       listener and sender against the bare Kafka client; what failing records cost the others
  cqrs        event store, command bus and feed alone
  stock       one product that everybody orders, two instances of the dispatch service alone
  monitoring  the orders again, in turn with the console watching and without it: what that costs

on their own, because they take long or need a browser:
  node bench/src/timeline.ts --orders 100000   the console's answers about one order among so many
  node bench/src/screen.ts --orders 60         from an event's transaction to the screen, in Chromium`

const isPart = (name: string): name is Part => (PARTS as readonly string[]).includes(name)

const numbers = { orders: '10000', connections: '32', rate: '20', seconds: '30', rounds: '4' } as const

const parse = () => {
  const option = (fallback: string) => ({ type: 'string', default: fallback }) as const
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      orders: option(numbers.orders),
      connections: option(numbers.connections),
      rate: option(numbers.rate),
      seconds: option(numbers.seconds),
      rounds: option(numbers.rounds),
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return null
  const unknown = positionals.filter((name) => !isPart(name))
  if (unknown.length > 0) throw new Error(`unknown part ${unknown.join(', ')}; known: ${PARTS.join(', ')}`)
  const positive = (name: keyof typeof numbers): number => {
    const value = Number(values[name])
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`--${name} is a whole number from 1; it was ${values[name]}`)
    return value
  }
  return {
    parts: new Set(positionals.length === 0 ? PARTS : positionals.filter(isPart)),
    orders: positive('orders'),
    connections: positive('connections'),
    rate: positive('rate'),
    seconds: positive('seconds'),
    rounds: positive('rounds'),
  }
}

try {
  const options = parse()
  if (options === null) console.log(USAGE)
  else {
    const result = await runBench(options, (line) => console.error(line))
    printTable(result, console.error)
    console.log(JSON.stringify(result))
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
