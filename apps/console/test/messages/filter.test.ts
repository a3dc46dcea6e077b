import { describe, expect, it } from 'vitest'
import { matchFilter } from '../../src/messages/filter/match-filter.ts'
import { parseFilter } from '../../src/messages/filter/parse-filter.ts'

const order = {
  orderId: 'o-1',
  customerId: 'ada',
  occurredAt: '2026-03-01T12:00:00.000Z',
  total: { amount: 5000, currency: 'EUR' },
  lines: [
    { sku: 'mug', quantity: 2 },
    { sku: 'pen', quantity: 1 },
  ],
  note: null,
  gift: false,
}

function verdict(filter: string, json: unknown, key: string | null = 'o-1') {
  const terms = parseFilter(filter)
  if ('fault' in terms) return terms.fault
  return matchFilter(terms, { key, json, text: json === undefined ? 'no json' : JSON.stringify(json) })
}

describe('a filter of messages', () => {
  it.each([
    ['', 'match'],
    ['mug', 'match'],
    ['MUG "pen"', 'match'],
    ['o-1', 'match'],
    ['cap', 'no-match'],
    ['mug cap', 'no-match'],
    ['customerId=ada', 'match'],
    ['customerId=AD', 'no-match'],
    ['customerId~AD', 'match'],
    ['total.amount=5000', 'match'],
    ['total.amount>=5000', 'match'],
    ['total.amount>5000', 'no-match'],
    ['total.amount<5000', 'no-match'],
    ['total.amount<=5e3', 'match'],
    ['total.amount>many', 'no-match'],
    ['occurredAt>2026-03-01T11', 'match'],
    ['occurredAt<2026-03-01T11', 'no-match'],
    ['lines.sku=pen', 'match'],
    ['lines[0].sku=pen', 'no-match'],
    ['lines[1].sku=pen', 'match'],
    ['$.lines[*].quantity>1', 'match'],
    ['lines.sku!=cap', 'match'],
    ['lines.sku!=mug', 'no-match'],
    ['missing=1', 'no-match'],
    ['missing!=1', 'match'],
    ['note=null gift=false', 'match'],
    ['customerId="ada"', 'match'],
    ['"customerId=ada"', 'no-match'],
  ])('%s: %s', (filter, expected) => {
    expect(verdict(filter, order)).toBe(expected)
  })

  it('cannot look for a field where there is no JSON, and can look for a word', () => {
    expect([verdict('a=1', undefined), verdict('json', undefined), verdict('yaml', undefined)]).toEqual([
      'unreadable',
      'match',
      'no-match',
    ])
  })

  it('says what is wrong with it', () => {
    expect([verdict('"mug', order), verdict('total.amount>=', order), verdict('a '.repeat(21), order)]).toEqual([
      'a double quote is opened and not closed',
      'total.amount>= compares with nothing: expected total.amount>=<value>',
      'a filter has at most 20 conditions, this one 21',
    ])
  })
})
