import { TOPICS } from '@stocker/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contract } from '../src/contract.ts'
import { payment } from '../src/payment/payment.ts'
import { PaymentEventConsumer } from '../src/payment-event-consumer.ts'
import type { PaymentOverHttp } from './payment-over-http.ts'
import { paymentOverHttp } from './payment-over-http.ts'

let running: PaymentOverHttp

beforeAll(async () => {
  running = await paymentOverHttp()
})
afterAll(() => running.close())

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
