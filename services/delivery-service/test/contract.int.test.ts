import { TOPICS } from '@stocker/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contract } from '../src/contract.ts'
import { defineDelivery } from '../src/delivery.ts'
import { DeliveryEventConsumer } from '../src/delivery-event-consumer.ts'
import type { DeliveryOverHttp } from './delivery-over-http.ts'
import { deliveryOverHttp } from './delivery-over-http.ts'

const delivery = defineDelivery({ retryAfterMs: 1, silenceMs: 1 })
let running: DeliveryOverHttp

beforeAll(async () => {
  running = await deliveryOverHttp()
})
afterAll(() => running.close())

describe('contract.ts tells the truth', () => {
  it('about the commands', () => {
    expect(contract.commands).toEqual({ delivery: Object.keys(delivery.decide) })
  })

  it('about what is read', () => {
    const { handlers } = new DeliveryEventConsumer(running.service)
    expect(Object.keys(handlers)).toEqual(Object.values(contract.reads).flat())
  })

  it('about what is written', () => {
    expect(contract.writes['delivery-events'].toSorted()).toEqual(TOPICS['delivery-events'].events.toSorted())
    expect(Object.keys(delivery.evolve)).toEqual(expect.arrayContaining([...contract.writes['delivery-events']]))
  })

  it('about the routes', async () => {
    const { paths } = (await running.app.inject('/openapi.json')).json<{ paths: Record<string, object> }>()
    const served = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(served.filter((route) => route.includes('/api/')).sort()).toEqual(contract.routes.toSorted())
  })
})
