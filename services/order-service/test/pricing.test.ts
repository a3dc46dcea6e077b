import { expect, test } from 'vitest'
import { priceLines } from '../src/pricing.ts'

const products = new Map([
  ['mug', { sku: 'mug', name: 'Mug', price: { amount: 1250, currency: 'EUR' } }],
  ['pen', { sku: 'pen', name: 'Pen', price: { amount: 250, currency: 'EUR' } }],
  ['hat', { sku: 'hat', name: 'Hat', price: { amount: 900, currency: 'USD' } }],
])

test('lines get the name and the price of the catalogue, and the total is their sum', () => {
  const priced = priceLines(
    [
      { sku: 'mug', quantity: 2 },
      { sku: 'pen', quantity: 3 },
    ],
    products,
  )
  expect(priced).toEqual({
    lines: [
      { sku: 'mug', name: 'Mug', quantity: 2, unitPrice: { amount: 1250, currency: 'EUR' } },
      { sku: 'pen', name: 'Pen', quantity: 3, unitPrice: { amount: 250, currency: 'EUR' } },
    ],
    total: { amount: 3250, currency: 'EUR' },
  })
})

test('every SKU that the catalogue lacks is named', () => {
  const lines = ['mug', 'cup', 'cap', 'cup'].map((sku) => ({ sku, quantity: 1 }))
  expect(priceLines(lines, products)).toMatchObject({ rejected: 'UNKNOWN_SKU', details: { skus: ['cup', 'cap'] } })
})

test('one order has one currency', () => {
  const lines = ['mug', 'hat'].map((sku) => ({ sku, quantity: 1 }))
  expect(priceLines(lines, products)).toMatchObject({
    rejected: 'MIXED_CURRENCIES',
    details: { currencies: ['EUR', 'USD'] },
  })
})
