import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KafkaConfig, KafkaProducerConfig } from '@stocker/kafka-config'
import type { Platform } from '@stocker/platform'
import { startPlatform } from '@stocker/platform'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../test/servers.ts'

// Words that stand nowhere but in the personal values below: whoever sees one of them sees something of a person.
const NAME = 'Quillonia Vandersloot'
const LINE1 = '77 Brackenfell Rise'
const CITY = 'Ostwhistle'
const POSTAL_CODE = 'QX97ZZ'
const MAIL = 'quillonia@ostwhistle.example'
const PHONE = '+44 20 7946 0777'
/** Also what is left of them where a message cuts a value short. */
const TRACES = ['quillon', 'vandersl', 'brackenf', 'ostwhis', 'qx97', '7946 0777']

const ADDRESS = { name: NAME, line1: LINE1, city: CITY, postalCode: POSTAL_CODE, country: 'GB' }
const NOTE = `${NAME} has moved, call ${PHONE} or write to ${MAIL}`
const TOKENS = {
  viewer: 'token-of-a-viewer-in-this-test',
  support: 'token-of-support-in-this-test',
  operator: 'token-of-an-operator-in-this-test',
} as const
type Tester = keyof typeof TOKENS

let platform: Platform
let delivered = ''
let cancelled = ''
let broken: readonly { readonly value: string; readonly offset: bigint }[] = []
let letters: readonly DeadLetter[] = []

interface DeadLetter {
  readonly id: string
  readonly topic: string
  readonly fingerprint: string
}

beforeAll(async () => {
  platform = await startPlatform({
    serviceEnvironment: {
      console: {
        ...Object.fromEntries(
          Object.entries(TOKENS).map(([role, token]) => [`CONSOLE_ACCESS_TOKENS_${role.toUpperCase()}`, token]),
        ),
        CONSOLE_ACCESS_REQUESTS_PER_MINUTE: '0',
      },
    },
  })
  delivered = await order()
  cancelled = await order()
  await shop('POST', 'order-service', `/api/orders/${cancelled}/cancel`, { reason: NOTE.slice(0, 100), detail: NOTE })
  await checkOut()
  await shop('GET', 'order-service', `/api/orders/${delivered}?wait=DELIVERED&timeout=30s`)
  // What is refused may be logged.
  await shop('POST', 'order-service', '/api/orders', { customerId: 'q', [NAME]: MAIL, lines: NAME }, 400)
  broken = await writeBrokenRecords()
  letters = await waitFor(
    async () => {
      const { deadLetters } = await ask<{ deadLetters: readonly DeadLetter[] }>('support', '/ops/api/dead-letters')
      // Two groups read payment-events.
      return deadLetters.length >= 2 * broken.length && deadLetters
    },
    { what: 'a dead letter of every broken record' },
  )
})
afterAll(() => platform?.stop())

async function shop(method: string, service: string, path: string, body?: object, expected = 0): Promise<Answer> {
  const token = await platform.token({ subject: 'q-1', roles: ['operator'] })
  const answer = await fetch(platform.url(service) + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (expected === 0 ? !answer.ok : answer.status !== expected) throw new Error(`${method} ${path}: ${text}`)
  return JSON.parse(text) as Answer
}
type Answer = Readonly<Record<string, string>>

async function order(): Promise<string> {
  const lines = [{ sku: 'mug', quantity: 1 }]
  const body = { customerId: 'q-1', lines, shippingAddress: ADDRESS, paymentToken: 'tok_ok' }
  return (await shop('POST', 'order-service', '/api/orders', body)).orderId ?? ''
}

async function checkOut(): Promise<void> {
  const { cartId } = await shop('POST', 'cart-service', '/api/carts', { customerId: 'q-1' })
  await shop('POST', 'cart-service', `/api/carts/${cartId}/items`, { sku: 'mug', quantity: 1 })
  const body = { shippingAddress: ADDRESS, paymentToken: 'tok_ok' }
  await shop('POST', 'cart-service', `/api/carts/${cartId}/checkout`, body)
}

/** Each in another way, with a person in every place that a record has. */
async function writeBrokenRecords(): Promise<typeof broken> {
  const kafka = KafkaConfig.fromProperties({ 'spring.kafka.bootstrap-servers': platform.kafka })
  await using sender = new KafkaProducerConfig(kafka).createSender()
  const event = { eventType: 'PaymentProcessedEvent', eventId: `e-${MAIL}`, orderId: delivered }
  const records = [
    { key: delivered, value: `${NAME} is no JSON` },
    { key: delivered, value: `{"eventType":"PaymentProcessedEvent","name":"${NAME}","line1":"${LINE1}` },
    { key: delivered, value: JSON.stringify({ ...event, [NAME]: MAIL, amount: NAME, shippingAddress: ADDRESS }) },
    { key: NAME, value: JSON.stringify({ eventType: NAME, name: NAME, phone: PHONE }) },
    { key: MAIL, value: JSON.stringify([ADDRESS, NOTE]) },
  ]
  const headers = [
    { key: 'customer', value: Buffer.from(NAME) },
    // Names of headers and of events are given by who programs, not by who orders.
    { key: 'x-mail', value: Buffer.from(MAIL) },
  ]
  const sent = await Promise.all(records.map((record) => sender.send({ topic: 'payment-events', headers, ...record })))
  return sent.map(({ offset }, at) => ({ value: records[at]?.value ?? '', offset: BigInt(offset ?? 0) }))
}

async function ask<T>(tester: Tester, path: string): Promise<T> {
  return JSON.parse((await read(tester, path)).text) as T
}

/** What a route answers; of one that never ends, what it says in the first moments. */
async function read(
  tester: Tester,
  path: string,
  init: RequestInit = {},
): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch(platform.url('console') + path, {
    redirect: 'manual',
    ...init,
    headers: { authorization: `Bearer ${TOKENS[tester]}`, accept: 'text/html, application/json', ...init.headers },
  })
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') === true
  if (!isStream) return { status: answer.status, text: await answer.text() }
  const text: string[] = []
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  const enough = setTimeout(() => void reader?.cancel(), STREAM_MS)
  for (;;) {
    const chunk = await reader?.read()
    if (chunk === undefined || chunk.done) break
    text.push(chunk.value)
  }
  clearTimeout(enough)
  return { status: answer.status, text: text.join('') }
}
const STREAM_MS = 1_500
const TAILED = '"type":"OrderCreatedEvent"'

interface Route {
  readonly method: string
  readonly path: string
  readonly access: string
}

/** What stands for the parameters of a path; the first that fits counts. A route whose parameters nobody knows here fails the test. */
const PARAMETERS: readonly (readonly [RegExp, () => readonly Readonly<Record<string, string>>[]])[] = [
  [/\/orders\/:\w+/, () => [delivered, cancelled].map((id) => ({ orderId: id, id }))],
  [/\/dead-letters\/groups\/:\w+/, () => letters.map(({ fingerprint }) => ({ fingerprint }))],
  [/\/dead-letters\/:\w+/, () => letters.map(({ id }) => ({ id }))],
  [/\/redrives\/:\w+/, () => [{ id: '1' }]],
  [
    /\/messages\/:topic\/:partition\/:offset/,
    () =>
      broken.flatMap(({ offset }) =>
        ['0', '1', '2'].map((partition) => ({ topic: 'payment-events', partition, offset: String(offset) })),
      ),
  ],
  [/\/messages\/:topic/, () => TOPICS.map((topic) => ({ topic }))],
  [/\/consumers\/:\w+/, () => [{ group: 'order-service-group' }]],
  [/\/events\/:\w+/, () => [{ name: 'OrderCreatedEvent', event: 'OrderCreatedEvent', type: 'OrderCreatedEvent' }]],
  [/\/(system|services|logs)\/.*:\w+/, () => SERVICES.map((service) => ({ service, name: service, part: service }))],
  [/\/sagas\/:\w+/, () => [{ id: delivered, orderId: delivered }]],
  [
    /\/alerts\/.*:\w+/,
    () => [{ name: 'ServiceDown', id: '1', alertname: 'ServiceDown', key: 'x', rule: 'ServiceDown' }],
  ],
  [/\/assets\/:file/, () => []],
  // Gives out what it is asked for, and reads nothing.
  [/^\/dev\/token$/, () => []],
]
const TOPICS = [
  'order-events',
  'payment-events',
  'payment-events-dlt',
  'cart-events',
  'dispatch-events',
  'delivery-events',
]
const SERVICES = ['order-service', 'payment-service', 'delivery-service', 'console']

function addressesOf({ path }: Route): readonly string[] {
  const known = PARAMETERS.find(([form]) => form.test(path))?.[1]()
  if (known === undefined && !path.includes(':') && !path.includes('*')) return [path]
  if (known === undefined) throw new Error(`${path} is new: say in PARAMETERS what its parameters may be`)
  return known.map((values) =>
    path.replaceAll(/:(\w+)|\*/g, (_, name: string) => encodeURIComponent(values[name] ?? '1')),
  )
}

/** Queries under which a route shows more than by itself. */
const QUERIES: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /^\/ops\/stream$/,
    [
      '?ch=home,feed,alerts,events,system,consumers',
      '?ch=consumer:order-service-group,redrive:1',
      '?ch=order:$order,tail:payment-events,tail:order-events',
    ],
  ],
  [/\/messages\/:topic(\/stream)?$/, ['', '?from=earliest&limit=200', '?from=earliest&limit=200&key=$order']],
]

const queriesOf = ({ path }: Route): readonly string[] =>
  (QUERIES.find(([form]) => form.test(path))?.[1] ?? ['']).map((query) => query.replaceAll('$order', delivered))

async function readableBy(tester: Tester): Promise<readonly Route[]> {
  const { routes } = await ask<{ routes: readonly Route[] }>(tester, '/ops/api/routes')
  const roles = Object.keys(TOKENS).slice(0, Object.keys(TOKENS).indexOf(tester) + 1)
  return routes.filter(({ method, access }) => method === 'GET' && ['public', ...roles].includes(access))
}

/** Traces of the person, in the text and in what is encoded in it. */
function tracesIn(text: string): readonly string[] {
  const decoded = [...text.matchAll(/[A-Za-z0-9+/_-]{12,}={0,2}/g)].map(([each]) =>
    Buffer.from(each, 'base64').toString(),
  )
  const all = [text, decodeURIComponent(text.replaceAll(/%(?![0-9a-f]{2})/gi, '%25')), ...decoded]
    .join('\n')
    .toLowerCase()
  return TRACES.filter((trace) => all.includes(trace))
}

describe.each(['viewer', 'support', 'operator'] as const)('somebody with the role %s', (tester) => {
  test('meets nothing of a person in any page or answer', async () => {
    const seen: string[] = []
    const found: string[] = []
    for (const route of await readableBy(tester)) {
      for (const address of addressesOf(route).flatMap((path) => queriesOf(route).map((query) => path + query))) {
        const look = async () => {
          const [answer] = await Promise.all([
            read(tester, address),
            // What is streamed must come while somebody looks.
            ...(route.path === '/ops/stream' ? [order(), writeBrokenRecords()] : []),
          ])
          return answer
        }
        let { status, text } = await look()
        if (address.includes('tail:') && tester !== 'viewer') {
          // A busy machine may bring the order when the stream has been closed already.
          for (let again = 0; again < 5 && !text.includes(TAILED); again += 1) ({ status, text } = await look())
          expect(text).toContain(TAILED)
        }
        seen.push(`${status} ${address}`)
        if (tracesIn(text).length > 0) found.push(`${address}: ${tracesIn(text)}: ${around(text)}`)
      }
    }
    expect(found).toEqual([])
    expect(seen.filter((line) => line.startsWith('5'))).toEqual([])
    expect(seen.filter((line) => line.startsWith('200')).length).toBeGreaterThan(5)
  })
})

test('support finds nothing by what is personal: a filter answers as for something that is nowhere', async () => {
  const document = JSON.parse((await read('support', '/openapi.json')).text) as OpenApi
  const found: string[] = []
  for (const route of await readableBy('support')) {
    const filters = filtersOf(route, document)
    for (const address of addressesOf(route)) {
      for (const query of filters.flatMap((filter) => [NAME, MAIL, POSTAL_CODE].map((word) => ({ filter, word })))) {
        const answer = async (word: string) =>
          withoutEcho((await read('support', `${address}?${query.filter}=${encodeURIComponent(word)}`)).text, word)
        const [given, ...nothing] = await Promise.all([query.word, ...NOWHERE].map(answer))
        if (!nothing.includes(given ?? '')) found.push(`${address}?${query.filter}=${query.word}: ${given}`)
      }
    }
  }
  expect(found).toEqual([])
})

/** As keys they would be in each of the partitions: which one is read depends on the key alone. */
const NOWHERE = ['Nowhereabouts', 'Nobodyknows', 'Elsewhere', 'Neverland', 'Atlantis']

interface OpenApi {
  readonly paths: Readonly<
    Record<
      string,
      {
        readonly get?: {
          readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[]
        }
      }
    >
  >
}
interface Schema {
  readonly type?: string
  readonly pattern?: string
  readonly format?: string
  readonly enum?: readonly string[]
}

/** Parameters of the query that take any text. */
function filtersOf({ path }: Route, { paths }: OpenApi): readonly string[] {
  const parameters = paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.get?.parameters ?? []
  return parameters
    .filter(
      ({ in: place, schema }) =>
        place === 'query' && schema.type === 'string' && !schema.pattern && !schema.format && !schema.enum,
    )
    .map(({ name }) => name)
}

/** What an answer says beside what was asked for, times and numbers. */
function withoutEcho(text: string, word: string): string {
  const echoes = [
    word,
    encodeURIComponent(word),
    JSON.stringify(word).slice(1, -1),
    new URLSearchParams({ w: word }).toString().slice(2),
  ]
  return (
    echoes
      .reduce((rest, echo) => rest.replaceAll(echo, ''), text)
      .replaceAll(/"requestId":"[^"]*"/g, '')
      // How often a search says how far it is depends on how busy the machine is.
      .replaceAll(/event: CONSUMING\ndata: .*\n\n/g, '')
      .replaceAll(/\d+/g, '0')
  )
}

function around(text: string): string {
  const at = Math.min(...TRACES.map((trace) => text.toLowerCase().indexOf(trace)).filter((index) => index >= 0))
  return Number.isFinite(at) ? text.slice(Math.max(0, at - 80), at + 40) : '(encoded)'
}

test('no line of any log says anything of a person', async () => {
  const found: string[] = []
  for (const file of await readdir(platform.logs)) {
    const lines = (await readFile(join(platform.logs, file), 'utf8')).split('\n')
    found.push(...lines.filter((line) => tracesIn(line).length > 0).map((line) => `${file}: ${line.slice(0, 600)}`))
  }
  expect(found).toEqual([])
})

test('an operator who gives a reason sees it all: it was there', async () => {
  const unmask = (subject: string) =>
    read('operator', '/ops/api/unmask', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ subject, reason: 'the customer is on the phone' }),
    })
  const seen: string[] = []
  for (const { id } of letters) {
    expect((await unmask(`dead-letter:${id}`)).status).toBe(200)
    seen.push((await read('operator', `/ops/api/dead-letters/${id}`)).text)
  }

  expect(TRACES.filter((trace) => !tracesIn(seen.join('\n')).includes(trace))).toEqual([])
})
