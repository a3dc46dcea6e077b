import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BadCursorError, byName, pageOf } from '../src/catalogue-page.ts'

const product = (sku: string, name: string) => ({ sku, name, price: { amount: 1, currency: 'EUR' } })
const anyProducts = fc.uniqueArray(
  fc.record({ sku: fc.string({ minLength: 1, maxLength: 3 }), name: fc.constantFrom('Mug', 'mug', 'Pen', 'Ü', '"') }),
  { selector: ({ sku }) => sku, maxLength: 30 },
)
const sorted = (products: readonly { readonly sku: string; readonly name: string }[]) =>
  products.map(({ sku, name }) => product(sku, name)).sort(byName)

const cursor = (text: string) => Buffer.from(text).toString('base64url')

describe('the pages of the catalogue', () => {
  it('hold each product once, in order, whatever their size', () => {
    fc.assert(
      fc.property(anyProducts, fc.integer({ min: 1, max: 10 }), (some, limit) => {
        const all = sorted(some)
        const seen = []
        for (let after: string | undefined, more = true; more; ) {
          const { products, next } = pageOf(all, { limit, ...(after === undefined ? {} : { after }) })
          expect(products.length).toBeLessThanOrEqual(limit)
          seen.push(...products)
          after = next
          more = next !== undefined
        }
        expect(seen).toEqual(all)
      }),
    )
  })

  it('lose and repeat no product when another one comes or goes between two of them', () => {
    const [a, b, c, d] = [product('1', 'a'), product('2', 'b'), product('3', 'c'), product('4', 'd')] as const
    const { next = '' } = pageOf([a, b, d], { limit: 2 })
    expect(pageOf([a, c, d], { limit: 2, after: next }).products).toEqual([c, d])
  })

  it('end where nothing follows', () => {
    expect(pageOf([product('1', 'a')], { limit: 1 })).toEqual({ products: [product('1', 'a')] })
    expect(pageOf([], { limit: 1 })).toEqual({ products: [] })
  })

  it('find a part of the name in upper and lower case', () => {
    const all = sorted([
      { sku: '1', name: 'Stoneware Mug' },
      { sku: '2', name: 'Pen' },
      { sku: '3', name: 'mug, 50 % larger' },
    ])
    const found = (search: string) => pageOf(all, { limit: 9, search }).products.map(({ sku }) => sku)
    expect(found('MUG')).toEqual(['1', '3'])
    expect(found('%')).toEqual(['3'])
    expect(found('m_g')).toEqual([])
  })

  it.each(['', 'x', cursor('{}'), cursor('["a"]'), cursor('["a",1]'), cursor('["a","b","c"]')])(
    'refuse the place %j, which was never given out',
    (after) => {
      expect(() => pageOf([], { limit: 1, after })).toThrow(BadCursorError)
    },
  )
})
