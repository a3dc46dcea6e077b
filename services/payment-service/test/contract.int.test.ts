import { TOPICS } from '@stocker/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/servers.ts'
import { createTestDatabase } from '../../../test/servers.ts'
import { contract } from '../src/contract.ts'
import { payment } from '../src/payment/payment.ts'
import { PaymentEventConsumer } from '../src/payment-event-consumer.ts'
import type { PaymentInstance } from './payment-instance.ts'
import { openPayment } from './payment-instance.ts'

let database: TestDatabase
let running: PaymentInstance

beforeAll(async () => {
  database = await createTestDatabase()
  running = await openPayment({ databaseUrl: database.url })
})
afterAll(async () => {
  await running?.close()
  await database?.drop()
})

describe('contract.ts tells the truth', () => {
  it('about the commands', () => {
    expect(contract.commands).toEqual({ payment: Object.keys(payment.decide) })
  })

  it('about what is read', () => {
    const { handlers } = new PaymentEventConsumer(running.service)
    expect(Object.keys(handlers)).toEqual(Object.values(contract.reads).flat())
  })

  it('about what is written', () => {
    expect(contract.writes).toEqual({ 'payment-events': TOPICS['payment-events'].events })
    expect(Object.keys(payment.evolve)).toEqual(expect.arrayContaining([...contract.writes['payment-events']]))
  })

  it('about the routes', async () => {
    const { paths } = (await running.app.inject('/openapi.json')).json<{ paths: Record<string, object> }>()
    const served = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(served.filter((route) => route.includes('/api/'))).toEqual(contract.routes)
  })
})
