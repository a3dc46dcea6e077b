import type { Database } from '@stocker/service-kit'
import { connectDatabase, createLogger } from '@stocker/service-kit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase } from '../../../test/servers.ts'
import type { MovementRequest } from '../src/gateway.ts'
import { gatewayLedger } from '../src/simulated-gateway/gateway-ledger.ts'
import { ledgerMigrations } from '../src/simulated-gateway/ledger-tables.ts'
import { SimulatedGateway } from '../src/simulated-gateway/simulated-gateway.ts'

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>
let database: Database
let gateway: SimulatedGateway

const logger = createLogger({ service: 'gateway', level: 'silent' })
const euros = (amount: number) => ({ amount, currency: 'EUR' })

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = connectDatabase({ url: testDatabase.url, logger, poolSize: 4 })
})

beforeEach(async () => {
  gateway = new SimulatedGateway(database)
  await gateway.open()
  await database.pool.query('truncate authorizations, movements')
})

afterAll(async () => {
  await database.close()
  await testDatabase.drop()
})

const authorized = async (orderId: string, token = 'tok_ok'): Promise<MovementRequest> => {
  const request = { idempotencyKey: `authorize-${orderId}`, orderId, amount: euros(2500), token }
  const answer = await gateway.authorize(request)
  if (answer.outcome !== 'authorized') throw new Error(`${token} was declined`)
  const { authorizationId } = answer
  return { idempotencyKey: `first-${orderId}`, orderId, authorizationId, amount: euros(2500) }
}
const chargesOf = async (orderId: string) =>
  (await gatewayLedger(database.pool)).find((charges) => charges.orderId === orderId)
const done = (prefix: string) => ({ outcome: 'done', movementId: expect.stringMatching(`^${prefix}_`) })

describe('the ledger says what became of the money', () => {
  it('taken and given back in parts', async () => {
    const held = await authorized('o-1')
    expect(await gateway.capture({ ...held, idempotencyKey: 'c-1', amount: euros(1000) })).toEqual(done('cap'))
    expect(await gateway.capture({ ...held, idempotencyKey: 'c-2', amount: euros(1500) })).toEqual(done('cap'))
    expect(await gateway.refund({ ...held, idempotencyKey: 'r-1', amount: euros(700) })).toEqual(done('ref'))

    expect(await chargesOf('o-1')).toMatchObject({
      authorized: 2500,
      captured: 2500,
      refunded: 700,
      netCharge: 1800,
      captures: 2,
      refunds: 1,
      contradictions: 0,
    })
  })

  it('let go', async () => {
    expect(await gateway.void(await authorized('o-1'))).toEqual(done('void'))
    expect(await chargesOf('o-1')).toMatchObject({ authorized: 2500, voided: 2500, netCharge: 0, voids: 1 })
  })

  it('refused twice before it was given back', async () => {
    const held = await authorized('o-1', 'tok_refund_fails')
    await gateway.capture(held)
    const refunds = ['r-1', 'r-2', 'r-3'].map((idempotencyKey) => ({ ...held, idempotencyKey }))
    const answers = []
    for (const refund of refunds) answers.push((await gateway.refund(refund)).outcome)

    expect(answers).toEqual(['refused', 'refused', 'done'])
    expect(await chargesOf('o-1')).toMatchObject({ refunds: 1, refusedRefunds: 2, netCharge: 0, contradictions: 0 })
  })

  it('and what it did not allow, for good: the fault of a shop shows', async () => {
    const held = await authorized('o-1')
    await gateway.capture(held)
    const wrong = { ...held, idempotencyKey: 'wrong' }
    expect(await gateway.void(wrong)).toMatchObject({ outcome: 'refused', reason: 'ALREADY_CAPTURED' })
    expect(await gateway.capture({ ...held, idempotencyKey: 'more' })).toMatchObject({ reason: 'EXCEEDS_AUTHORIZED' })
    const unknown = { ...held, orderId: 'o-2', authorizationId: 'nobodys', idempotencyKey: 'unknown' }
    expect(await gateway.capture(unknown)).toMatchObject({ reason: 'UNKNOWN_AUTHORIZATION' })

    expect(await gatewayLedger(database.pool)).toMatchObject([
      { orderId: 'o-1', captured: 2500, voided: 0, contradictions: 2 },
      { orderId: 'o-2', authorized: 0, captured: 0, contradictions: 1 },
    ])
  })
})

describe('one key is one movement', () => {
  it('however often and by whomever it is sent, also a refusal', async () => {
    const held = await authorized('o-1', 'tok_refund_fails')
    const first = await gateway.capture(held)
    const other = new SimulatedGateway(database)
    const again = await Promise.all([gateway.capture(held), other.capture(held), other.capture(held)])
    expect(again).toEqual([first, first, first])

    const refund = { ...held, idempotencyKey: 'r-1' }
    const refusal = await gateway.refund(refund)
    expect(refusal).toMatchObject({ outcome: 'refused', reason: 'NOT_POSSIBLE_NOW' })
    expect(await other.refund(refund)).toEqual(refusal)
    expect(await chargesOf('o-1')).toMatchObject({ captured: 2500, captures: 1, refusedRefunds: 1 })
  })

  it('for two gateways that move the same money at once', async () => {
    const holds = await Promise.all(Array.from({ length: 300 }, (_, number) => authorized(`o-${number}`)))
    const other = new SimulatedGateway(database)

    const [ours, theirs] = await Promise.all([
      Promise.all(holds.map((held) => gateway.capture(held))),
      Promise.all(holds.toReversed().map((held) => other.capture(held))),
    ])

    expect(theirs.toReversed()).toEqual(ours)
    const charges = await gatewayLedger(database.pool)
    expect(charges.every(({ captures, contradictions }) => captures === 1 && contradictions === 0)).toBe(true)
  })

  it('never takes the same money twice under two keys, even at once', async () => {
    const held = await authorized('o-1')
    const other = new SimulatedGateway(database)
    const answers = await Promise.all([gateway.capture(held), other.capture({ ...held, idempotencyKey: 'second' })])

    expect(answers.map(({ outcome }) => outcome).toSorted()).toEqual(['done', 'refused'])
    expect(await chargesOf('o-1')).toMatchObject({ captured: 2500, captures: 1 })
  })

  it.each([
    ['amount', { amount: euros(2499) }],
    ['currency', { amount: { amount: 2500, currency: 'USD' } }],
    ['order', { orderId: 'o-2' }],
    ['authorisation', { authorizationId: 'auth-2' }],
  ])('and another %s under it is refused, without a movement', async (_, change) => {
    const held = await authorized('o-1')
    await gateway.capture(held)
    const reused = { code: 'GATEWAY_KEY_REUSED', retryable: false }
    await expect(gateway.capture({ ...held, ...change })).rejects.toMatchObject(reused)
    await expect(gateway.refund(held)).rejects.toMatchObject(reused)
    expect(await chargesOf('o-1')).toMatchObject({ captures: 1, refunds: 0, contradictions: 0 })
  })
})

it.each([
  ['more captured than authorised', 'captured = 2501'],
  ['more refunded than captured', 'refunded = 1'],
  ['a void of what is captured', 'captured = 1, voided = true'],
])('the database itself refuses %s', async (_, change) => {
  await authorized('o-1')
  await expect(database.pool.query(`update authorizations set ${change}`)).rejects.toMatchObject({ code: '23514' })
})

it('says that the answer is missing when its ledger is away', async () => {
  const held = await authorized('o-1')
  const closed = connectDatabase({ url: testDatabase.url, logger })
  await closed.close()
  const away = new SimulatedGateway(closed)
  for (const call of [away.capture(held), away.void(held), away.refund(held)])
    await expect(call).rejects.toMatchObject({ code: 'GATEWAY_NO_ANSWER', retryable: true })
  expect(await chargesOf('o-1')).toMatchObject({ captures: 0, voids: 0, refunds: 0 })
})

it('takes over the ledger of a version that only authorised: what it held can be captured', async () => {
  // given
  const own = await createTestDatabase()
  const older = connectDatabase({ url: own.url, logger })
  await older.migrate(ledgerMigrations.slice(0, 1))
  await older.pool.query(`
    insert into authorizations (idempotency_key, order_id, amount, currency, token, authorization_id)
    values ('authorize-o-1', 'o-1', 2500, 'EUR', 'tok_ok', 'auth_1')`)

  // when
  const newer = new SimulatedGateway(older)
  const held = { idempotencyKey: 'c', orderId: 'o-1', authorizationId: 'auth_1', amount: euros(2500) }
  expect(await newer.capture(held)).toEqual(done('cap'))

  // then
  expect(await gatewayLedger(older.pool)).toMatchObject([{ orderId: 'o-1', authorizations: 1, captured: 2500 }])
  await older.close()
  await own.drop()
})
