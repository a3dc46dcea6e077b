import { EVENTS } from '@stocker/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defineCart } from '../src/cart.ts'
import { contract } from '../src/contract.ts'
import { product } from '../src/product.ts'
import type { CartOverHttp } from './cart-over-http.ts'
import { cartOverHttp } from './cart-over-http.ts'

const cart = defineCart(3_600_000)
let running: CartOverHttp

beforeAll(async () => {
  running = await cartOverHttp()
})
afterAll(() => running.close())

describe('contract.ts tells the truth', () => {
  it('about the commands', () => {
    expect(contract.commands).toEqual({ cart: Object.keys(cart.decide), product: Object.keys(product.decide) })
  })

  it('about the events: all of the two topics, each decided by an aggregate, and one that stays private', () => {
    const written = Object.values(contract.writes).flat()
    expect([...written, 'ItemPriceChanged'].sort()).toEqual(
      [...Object.keys(cart.evolve), ...Object.keys(product.evolve)].sort(),
    )
    for (const [topic, events] of Object.entries(contract.writes))
      expect(events).toEqual(
        Object.values(EVENTS)
          .filter((event) => event.topic === topic)
          .map(({ name }) => name),
      )
  })

  it('about the routes', async () => {
    const { paths } = (await running.app.inject('/openapi.json')).json<{ paths: Record<string, object> }>()
    const served = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(served.filter((route) => route.includes('/api/')).sort()).toEqual(contract.routes.toSorted())
  })
})
