import type { Database } from '@stocker/service-kit'
import { connectDatabase, createLogger } from '@stocker/service-kit'
import type { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase } from '../../../test/servers.ts'
import type { AuthorizationAnswer, AuthorizationRequest } from '../src/gateway.ts'
import { gatewayLedger } from '../src/simulated-gateway/gateway-ledger.ts'
import { recordAuthorizations } from '../src/simulated-gateway/ledger-authorizations.ts'
import { SimulatedGateway } from '../src/simulated-gateway/simulated-gateway.ts'

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>
let database: Database
let pool: Pool
let gateway: SimulatedGateway

const logger = createLogger({ service: 'gateway', level: 'silent' })

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = connectDatabase({ url: testDatabase.url, logger, poolSize: 4 })
  pool = database.pool
})

beforeEach(async () => {
  gateway = new SimulatedGateway(database)
  await gateway.open()
  await pool.query('truncate authorizations, movements')
})

afterAll(async () => {
  await database.close()
  await testDatabase.drop()
})

const requestOf = (orderId: string, token = 'tok_ok', amount = 2500): AuthorizationRequest => ({
  idempotencyKey: `authorize-${orderId}`,
  orderId,
  amount: { amount, currency: 'EUR' },
  token,
})

/** Of an order of which the gateway did nothing. */
const nothing = {
  currency: 'EUR',
  authorized: 0,
  captured: 0,
  voided: 0,
  refunded: 0,
  netCharge: 0,
  authorizations: 0,
  declines: 0,
  captures: 0,
  voids: 0,
  refunds: 0,
  refusedRefunds: 0,
  contradictions: 0,
}

/** An answer, or undefined as long as there is none. */
const watched = (call: Promise<AuthorizationAnswer>): { answer?: AuthorizationAnswer } => {
  const seen: { answer?: AuthorizationAnswer } = {}
  call.then(
    (answer) => {
      seen.answer = answer
    },
    () => {},
  )
  return seen
}

describe('the simulated gateway answers by the token', () => {
  it.each(['tok_ok', 'tok_refund_fails'])('%s is authorised', async (token) => {
    expect(await gateway.authorize(requestOf('o-1', token))).toEqual({
      outcome: 'authorized',
      authorizationId: expect.stringMatching(/^auth_/),
    })
  })

  it.each([
    ['tok_declined', 'DECLINED'],
    ['tok_insufficient_funds', 'INSUFFICIENT_FUNDS'],
    ['tok_of_somebody_else', 'DECLINED'],
    ['constructor', 'DECLINED'],
  ])('%s is declined as %s', async (token, reason) => {
    expect(await gateway.authorize(requestOf('o-1', token))).toEqual({
      outcome: 'declined',
      reason,
      message: expect.any(String),
    })
    expect(await gatewayLedger(pool)).toEqual([{ ...nothing, orderId: 'o-1', declines: 1 }])
  })

  it('tok_timeout is carried out without an answer, which the second call gets', async () => {
    // given a call whose answer is lost
    const lost = watched(gateway.authorize(requestOf('o-1', 'tok_timeout')))
    await gateway.authorize(requestOf('o-2'))
    expect(lost.answer).toBeUndefined()
    expect(await gatewayLedger(pool)).toContainEqual(
      expect.objectContaining({ orderId: 'o-1', authorizations: 1, authorized: 2500 }),
    )

    // when it is repeated, by a process that knows nothing of the first one
    const answer = await new SimulatedGateway(database).authorize(requestOf('o-1', 'tok_timeout'))

    // then the money is held once
    expect(answer.outcome).toBe('authorized')
    expect(await gatewayLedger(pool)).toContainEqual(expect.objectContaining({ orderId: 'o-1', authorizations: 1 }))
    expect(lost.answer).toBeUndefined()
  })
})

describe('one key is one authorisation', () => {
  it('however often it is sent, one after the other', async () => {
    const first = await gateway.authorize(requestOf('o-1'))
    const second = await gateway.authorize(requestOf('o-1'))

    expect(second).toEqual(first)
    expect(await gatewayLedger(pool)).toEqual([{ ...nothing, orderId: 'o-1', authorizations: 1, authorized: 2500 }])
  })

  it('a decline stays a decline with its reason', async () => {
    const first = await gateway.authorize(requestOf('o-1', 'tok_insufficient_funds'))
    expect(await new SimulatedGateway(database).authorize(requestOf('o-1', 'tok_insufficient_funds'))).toEqual(first)
  })

  it('within one group of concurrent calls', async () => {
    const [first, ...others] = await Promise.all(Array.from({ length: 5 }, () => gateway.authorize(requestOf('o-1'))))

    expect(others).toEqual([first, first, first, first])
    expect(await gatewayLedger(pool)).toHaveLength(1)
  })

  it('for two gateways that write the same keys to one ledger at once', async () => {
    const orders = Array.from({ length: 300 }, (_, number) => requestOf(`o-${number}`))
    const other = new SimulatedGateway(database)

    const [ours, theirs] = await Promise.all([
      Promise.all(orders.map((request) => gateway.authorize(request))),
      Promise.all(orders.toReversed().map((request) => other.authorize(request))),
    ])

    expect(theirs.toReversed()).toEqual(ours)
    expect((await gatewayLedger(pool)).every(({ authorizations }) => authorizations === 1)).toBe(true)
  })

  it('for writers that come with the same keys in opposite orders, none of which waits for the other in a circle', async () => {
    for (let round = 0; round < 20; round += 1) {
      const entriesOf = (writer: string) =>
        Array.from({ length: 500 }, (_, number) => ({
          request: requestOf(`o-${round}-${number}`),
          answer: { outcome: 'authorized', authorizationId: `auth-${writer}-${round}-${number}` } as const,
        }))
      const [one, other] = await Promise.all([
        recordAuthorizations(pool, entriesOf('one'), () => undefined),
        recordAuthorizations(pool, entriesOf('other').toReversed(), () => undefined),
      ])
      expect(one.size + other.size).toBe(500)
    }
  })

  it.each([
    ['amount', requestOf('o-1', 'tok_ok', 2501)],
    ['token', requestOf('o-1', 'tok_refund_fails')],
    ['order', { ...requestOf('o-2'), idempotencyKey: 'authorize-o-1' }],
    ['currency', { ...requestOf('o-1'), amount: { amount: 2500, currency: 'USD' } }],
  ])('and another %s under it is refused, without a charge', async (_, other) => {
    await gateway.authorize(requestOf('o-1'))

    await expect(gateway.authorize(other)).rejects.toMatchObject({ code: 'GATEWAY_KEY_REUSED', retryable: false })
    expect(await gatewayLedger(pool)).toEqual([{ ...nothing, orderId: 'o-1', authorizations: 1, authorized: 2500 }])
  })
})

it('writes concurrent calls as one statement, up to 500 of them', async () => {
  // given a pool that counts
  let statements = 0
  const counting = new Proxy(pool, {
    get: (target, property) => {
      if (property === 'query') statements += 1
      const value = Reflect.get(target, property)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

  // when
  const grouping = new SimulatedGateway({ ...database, pool: counting })
  await grouping.open()
  statements = 0
  await Promise.all(Array.from({ length: 1_000 }, (_, number) => grouping.authorize(requestOf(`o-${number}`))))

  // then
  expect(statements).toBe(2)
  expect(await gatewayLedger(pool)).toHaveLength(1_000)
})

it('says that the answer is missing, and that the call may be repeated, when its ledger is away', async () => {
  const closed = connectDatabase({ url: testDatabase.url, logger })
  await closed.close()

  await expect(new SimulatedGateway(closed).authorize(requestOf('o-1'))).rejects.toMatchObject({
    code: 'GATEWAY_NO_ANSWER',
    retryable: true,
    message: expect.stringContaining('o-1'),
    cause: expect.any(Error),
  })
})

it('opens its ledger with the first call, once it is there', async () => {
  // given a gateway whose ledger does not exist yet
  const own = await createTestDatabase()
  const ledger = connectDatabase({ url: own.url, logger })
  let away = true
  const late = new SimulatedGateway({
    ...ledger,
    migrate: (migrations) => (away ? Promise.reject(new Error('away')) : ledger.migrate(migrations)),
  })
  await expect(late.authorize(requestOf('o-1'))).rejects.toMatchObject({ code: 'GATEWAY_NO_ANSWER' })

  // when it comes
  away = false

  // then the same call succeeds
  expect((await late.authorize(requestOf('o-1'))).outcome).toBe('authorized')
  expect(await gatewayLedger(ledger.pool)).toHaveLength(1)
  await ledger.close()
  await own.drop()
})
