import { fixture } from '@stocker/cqrs/testing'
import { describe, it } from 'vitest'
import { MAX_PRICE, product } from '../src/product.ts'

const EUR = (amount: number) => ({ amount, currency: 'EUR' })
const mug = { sku: 'mug', name: 'Mug', price: EUR(1250) }
const list = { type: 'ListProduct', data: mug } as const
const listed = { type: 'ProductListedEvent', data: mug } as const
const changePrice = (price = EUR(1300)) => ({ type: 'ChangePrice', data: { sku: 'mug', price } }) as const
const priceChanged = { type: 'ProductPriceChangedEvent', data: { sku: 'mug', price: EUR(1300) } } as const
const listedAgain = { type: 'ProductListedEvent', data: { ...mug, price: EUR(1300) } } as const

describe('a product', () => {
  it('is listed', () => {
    fixture(product).given().when(list).expectEvents([listed]).expectState({ status: 'LISTED', product: mug })
  })

  it('is listed once, however often the catalogue is seeded', () => {
    fixture(product).given(listed).when(list).expectEvents([])
  })

  it('keeps a changed price when the catalogue is seeded again', () => {
    fixture(product)
      .given(listed, priceChanged, listedAgain)
      .when(list)
      .expectEvents([])
      .expectState({ status: 'LISTED', product: { ...mug, price: EUR(1300) } })
  })

  it('is listed anew with each changed price, because a compacted topic keeps the last record only', () => {
    fixture(product).given(listed).when(changePrice()).expectEvents([priceChanged, listedAgain])
  })

  it('has nothing to change when the price is that already', () => {
    fixture(product)
      .given(listed)
      .when(changePrice(EUR(1250)))
      .expectEvents([])
  })

  it('has no price before it is listed', () => {
    fixture(product).given().when(changePrice()).expectRejection('UNKNOWN_SKU')
  })

  it('stays in its currency', () => {
    fixture(product)
      .given(listed)
      .when(changePrice({ amount: 1300, currency: 'USD' }))
      .expectRejection('CURRENCY_CHANGED')
  })

  it.each([-1, 12.5, Number.NaN, Number.POSITIVE_INFINITY, MAX_PRICE + 1])('cannot cost %d', (amount) => {
    fixture(product)
      .given()
      .when({ type: 'ListProduct', data: { ...mug, price: EUR(amount) } })
      .expectRejection('PRICE_OUT_OF_RANGE')
    fixture(product)
      .given(listed)
      .when(changePrice(EUR(amount)))
      .expectRejection('PRICE_OUT_OF_RANGE')
  })

  it('may be free', () => {
    fixture(product)
      .given()
      .when({ type: 'ListProduct', data: { ...mug, price: EUR(0) } })
      .expectEvents([{ type: 'ProductListedEvent', data: { ...mug, price: EUR(0) } }])
  })
})
