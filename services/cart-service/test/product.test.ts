import { fixture } from '@stocker/cqrs/testing'
import { describe, expect, it } from 'vitest'
import { MAX_PRICE, product } from '../src/product.ts'
import { pricePeriods } from '../src/product-service.ts'

const EUR = (amount: number) => ({ amount, currency: 'EUR' })
const mug = { sku: 'mug', name: 'Mug', price: EUR(1250) }
const list = { type: 'ListProduct', data: mug } as const
const listed = { type: 'ProductListedEvent', data: mug } as const
const changePrice = (price = EUR(1300)) => ({ type: 'ChangePrice', data: { sku: 'mug', price } }) as const
const priceChanged = { type: 'ProductPriceChangedEvent', data: { sku: 'mug', price: EUR(1300) } } as const
const listedAgain = { type: 'ProductListedEvent', data: { ...mug, price: EUR(1300) } } as const

const put = (change: Partial<typeof mug>) => ({ type: 'PutProduct', data: { ...mug, ...change } }) as const
const delist = { type: 'Delist', data: { sku: 'mug' } } as const
const delisted = { type: 'ProductDelistedEvent', data: { sku: 'mug' } } as const

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

  it('has no price before it is listed, nor after it was delisted', () => {
    fixture(product).given().when(changePrice()).expectRejection('PRODUCT_NOT_FOUND')
    fixture(product).given(listed, delisted).when(changePrice()).expectRejection('PRODUCT_NOT_FOUND')
  })

  it('stays in its currency, also when it comes back', () => {
    const imported = { amount: 1300, currency: 'USD' }
    fixture(product).given(listed).when(changePrice(imported)).expectRejection('CURRENCY_CHANGED')
    fixture(product)
      .given(listed)
      .when(put({ price: imported }))
      .expectRejection('CURRENCY_CHANGED')
    fixture(product)
      .given(listed, delisted)
      .when(put({ price: imported }))
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

  it('is put on sale, and gets another name, another price, or both', () => {
    const renamed = { type: 'ProductListedEvent', data: { ...mug, name: 'Cup' } } as const
    const both = { type: 'ProductListedEvent', data: { ...mug, name: 'Cup', price: EUR(1300) } } as const
    fixture(product).given().when(put({})).expectEvents([listed])
    fixture(product)
      .given(listed)
      .when(put({ name: 'Cup' }))
      .expectEvents([renamed])
    fixture(product)
      .given(listed)
      .when(put({ price: EUR(1300) }))
      .expectEvents([priceChanged, listedAgain])
    fixture(product)
      .given(listed)
      .when(put({ name: 'Cup', price: EUR(1300) }))
      .expectEvents([priceChanged, both])
    fixture(product).given(listed).when(put({})).expectNothing()
  })

  it('is taken off sale once; what never was on sale cannot be', () => {
    fixture(product).given(listed).when(delist).expectEvents([delisted])
    fixture(product).given(listed, delisted).when(delist).expectNothing()
    fixture(product).given().when(delist).expectRejection('PRODUCT_NOT_FOUND')
  })

  it('comes back when the shop puts it on sale again, but not by the seed', () => {
    fixture(product).given(listed, delisted).when(list).expectNothing()
    fixture(product).given(listed, delisted).when(put({})).expectEvents([listed])
  })
})

describe('the prices of a product', () => {
  const at = (minute: number) => `2026-03-01T12:0${minute}:00.000Z`
  const history = (...events: readonly { readonly type: string; readonly data: object }[]) =>
    events.map((event, minute) => ({ ...event, occurredAt: at(minute) }))

  it('are the periods between its changes, the last of which is open', () => {
    const renamed = { type: 'ProductListedEvent', data: { ...mug, name: 'Cup', price: EUR(1300) } }
    expect(pricePeriods(history(listed, priceChanged, listedAgain, renamed))).toEqual([
      { price: EUR(1250), since: at(0), until: at(1) },
      { price: EUR(1300), since: at(1) },
    ])
  })

  it('have a gap while it is not on sale', () => {
    expect(pricePeriods(history(listed, delisted, listed))).toEqual([
      { price: EUR(1250), since: at(0), until: at(1) },
      { price: EUR(1250), since: at(2) },
    ])
    expect(pricePeriods([])).toEqual([])
  })
})
